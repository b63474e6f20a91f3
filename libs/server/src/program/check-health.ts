import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP } from 'node:net';

/** Where a process of this machine answers `GET /health`. */
export interface HealthAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Milliseconds; a container engine kills a check after 30 s by default, without a word. */
const ANSWERED_WITHIN_MS = 5_000;

/**
 * Asks the process that serves with the same settings, for container engines.
 *
 * @returns in a sentence, why it is not healthy; undefined when it is
 */
export function healthProblem({ host, port, tls }: HealthAddress): Promise<string | undefined> {
  if (port === 0) return Promise.resolve('the port is 0, any free one: name one for a health check');
  const at = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}/health`;
  return new Promise((resolve) => {
    const request = (tls ? requestTls : requestPlain)(
      {
        host: reachable(host),
        port,
        path: '/health',
        // Nothing is said to it, and the certificate is for the names that others know this machine by.
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200 ? undefined : `${at} answers ${answer.statusCode}`);
      },
    );
    request.on('error', ({ name, message }) =>
      resolve(
        name === 'AbortError'
          ? `${at} does not answer within ${ANSWERED_WITHIN_MS / 1_000} s`
          : `${at}: ${message}`,
      ),
    );
    request.end();
  });
}

/** Where all addresses are listened on, the loopback one is among them. */
const reachable = (host: string): string =>
  isIP(host) === 6 ? (host === '::' ? '::1' : host) : host === '0.0.0.0' ? '127.0.0.1' : host;
