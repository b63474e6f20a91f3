import { ProvisionError } from '@org/domain';
import { ExchangeFailure, type ExchangeOptions, type Sender, type SentRequest } from './exchange.js';
import type { Answer } from './answer.js';
import type { SenderOptions } from './sender-options.js';
import { trustAnchors } from './trust-anchors.js';

export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Errors of which it is known that no connection came about: of Node, of TLS, and of Bun. */
const NEVER_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ConnectionRefused|FailedToOpenSocket|.*CERT.*|UNABLE_TO_.*)$/;

/**
 * On the runtime's own `fetch`, for runtimes whose undici has no `dispatch`. It cannot say whether anything was sent: but
 * for the errors above it is taken to be, so that a call which changes something is rather `ambiguous` than denied.
 *
 * @throws ProvisionError `invalid` (`invalid_tls_ca`, `proxies_unsupported`)
 */
export function fetchSender({ tls = {}, proxies, maxAnswerBytes = MAX_ANSWER_BYTES }: SenderOptions): Sender {
  if (proxies)
    throw new ProvisionError({
      kind: 'invalid',
      code: 'proxies_unsupported',
      message: 'this runtime cannot connect through a proxy; use Node',
    });
  const ca = trustAnchors(tls.ca, tls.exclusive ?? false);
  // Bun's own option; Node's `fetch` knows none, and is not used.
  const verification = { tls: { rejectUnauthorized: tls.verify ?? true, ...(ca && { ca }) } };
  let closed = false;
  return {
    async send(request, options) {
      if (closed) throw new ExchangeFailure({ sent: false, aborted: false, cause: new Error('closed') });
      return sendByFetch(request, options, { ...verification, maxAnswerBytes });
    },
    async close() {
      closed = true;
    },
  };
}

interface Fetching {
  readonly tls: object;
  readonly maxAnswerBytes: number;
}

function sendByFetch(
  request: SentRequest,
  { signal, abandoned }: ExchangeOptions,
  { tls, maxAnswerBytes }: Fetching,
): Promise<Answer> {
  if (signal.aborted)
    return Promise.reject(new ExchangeFailure({ sent: false, aborted: true, cause: signal.reason }));
  return new Promise((resolve, reject) => {
    const connection = new AbortController();
    let status: number | undefined;
    let settle = () => signal.removeEventListener('abort', onAbort);
    const onAbort = () => {
      settle();
      reject(new ExchangeFailure({ sent: true, aborted: true, status, cause: signal.reason }));
      const cut = () => connection.abort();
      if (abandoned) settle = abandoned.take(cut);
      else cut();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const { origin, path, method, headers, body = null } = request;
    const init = { method, headers, body, redirect: 'manual', signal: connection.signal, tls } as RequestInit;
    const answer = async (): Promise<Answer> => {
      const response = await fetch(`${origin}${path}`, init);
      status = response.status;
      const bytes = await read(response, maxAnswerBytes);
      return { status, headers: Object.fromEntries(response.headers), bytes };
    };
    answer().then(
      (given) => (settle(), resolve(given)),
      (error: unknown) => {
        settle();
        connection.abort();
        const cause = causeOf(error);
        const sent = status !== undefined || !NEVER_CONNECTED.test(String(Object(cause).code));
        reject(new ExchangeFailure({ sent, aborted: false, status, cause }));
      },
    );
  });
}

/** Node's "fetch failed" has the reason as its cause. */
const causeOf = (error: unknown): unknown => (Object(error) as { cause?: unknown }).cause ?? error;

async function read(response: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > most)
      throw Object.assign(new Error('the answer is too large'), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
