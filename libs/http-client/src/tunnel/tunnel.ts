import { request } from 'node:http';
import type { Socket } from 'node:net';
import { type Proxy, ProvisionError, proxyName } from '@org/domain';
import { connectionProblem } from './connection-problem.js';

/** What is to be reached through a proxy. */
export interface TunnelTarget {
  readonly proxy: Proxy;
  /** A name, which the proxy looks up, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface TunnelOptions {
  /** Until the connection is there, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Has a proxy connect to somewhere.
 *
 * @returns a socket that leads there
 * @throws ProvisionError `unavailable` (`proxy_unreachable`, `proxy_refused`); aborts with `signal`'s reason
 */
export function openTunnel(target: TunnelTarget, { timeoutMs, signal }: TunnelOptions): Promise<Socket> {
  const { proxy } = target;
  const authority = authorityOf(target);
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const connecting = request({
      method: 'CONNECT',
      host: proxy.host,
      port: proxy.port,
      path: authority,
      headers: { host: authority, ...authorization(proxy) },
      // A connection of its own, whatever others in this process have set up.
      agent: false,
      signal,
    });
    const timer = setTimeout(
      () => connecting.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    connecting.once('close', () => clearTimeout(timer));
    connecting.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      clearTimeout(timer);
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        return reject(refused(target, statusCode));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    // What speaks HTTP, and is no proxy, answers like this.
    connecting.once('response', (response) => {
      response.destroy();
      reject(refused(target, response.statusCode ?? 0));
    });
    connecting.once('error', (error) =>
      reject(signal?.aborted ? (signal.reason as Error) : unreachable(proxy, error)),
    );
    connecting.end();
  });
}

/**
 * Asks a proxy for a connection, to know why there is none.
 *
 * @returns undefined when the proxy makes it
 */
export async function tunnelProblem(
  target: TunnelTarget,
  options: TunnelOptions,
): Promise<ProvisionError | undefined> {
  try {
    (await openTunnel(target, options)).destroy();
    return undefined;
  } catch (error) {
    if (error instanceof ProvisionError) return error;
    throw error;
  }
}

/** `host:port`, as CONNECT wants it. */
export const authorityOf = ({ host, port }: Pick<TunnelTarget, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const authorization = ({ credentials }: Proxy): Record<string, string> =>
  credentials
    ? { 'proxy-authorization': `Basic ${Buffer.from(credentials.reveal()).toString('base64')}` }
    : {};

function refused(target: TunnelTarget, status: number): ProvisionError {
  const how = status === 407 ? ': it wants a user and a password, as in http://user:password@host:port' : '';
  return new ProvisionError({
    kind: 'unavailable',
    code: 'proxy_refused',
    message: `${sentence(proxyName(target.proxy))} refused to connect to ${authorityOf(target)} (status ${status})${how}.`,
    details: { status },
  });
}

const unreachable = (proxy: Proxy, cause: Error): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'proxy_unreachable',
    message: `${sentence(proxyName(proxy))} cannot be reached: ${connectionProblem(cause)}.`,
    cause,
  });

const sentence = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
