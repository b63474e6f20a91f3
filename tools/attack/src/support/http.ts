import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly body?: string | Buffer;
  /** Default: JSON where there is a body. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address that it comes from: one of the machine's own. */
  readonly from?: string;
  readonly withinMs?: number;
}

const WITHIN_MS = 20_000;

/**
 * One request on a connection of its own. Rejects when no answer comes: what is refused before all of it was sent may end
 * so.
 */
export function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = options.body === undefined ? 'GET' : 'POST', body, from: localAddress } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers: headersOf(options), agent: false, localAddress });
    const late = setTimeout(
      () => sent.destroy(new Error('no answer in time')),
      options.withinMs ?? WITHIN_MS,
    );
    sent.once('close', () => clearTimeout(late));
    sent.once('error', reject);
    sent.once('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    });
    sent.end(body);
  });
}

const headersOf = ({ token, type = 'application/json', body, headers }: RequestOptions) => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(body !== undefined && { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }),
  ...headers,
});

/** Status by status, how often: `413 ×12, closed ×3`. What has no answer was closed. */
export function tally(statuses: readonly number[]): string {
  const counts = Map.groupBy(statuses, (status) => status);
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([status, all]) => `${status === 0 ? 'closed' : status} ×${all.length}`)
    .join(', ');
}

/** As `request`; a status of 0 where the connection was closed without an answer. */
export const statusOf = (url: string, options?: RequestOptions): Promise<number> =>
  request(url, options).then(
    ({ status }) => status,
    () => 0,
  );
