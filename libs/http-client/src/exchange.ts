import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';
import type { AbandonedCalls } from './abandoned.js';
import type { Answer } from './answer.js';
import type { Method } from './request.js';

/** A request that got no whole answer. */
export class ExchangeFailure extends Error {
  /** False when it is certain that not one byte of the request was written. */
  readonly sent: boolean;
  /** The answer's status, where its headers came before the failure. */
  readonly status: number | undefined;
  /** True when `signal` ended it; `cause` is then the signal's reason. */
  readonly aborted: boolean;

  constructor(facts: { sent: boolean; aborted: boolean; status?: number; cause: unknown }) {
    super('no whole answer', { cause: facts.cause });
    this.sent = facts.sent;
    this.aborted = facts.aborted;
    this.status = facts.status;
  }
}

/** What is sent: one request. */
export interface SentRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

/** Sends requests on connections of its own. */
export interface Sender {
  /** Sends one request and reads its answer. @throws ExchangeFailure */
  send(request: SentRequest, options: ExchangeOptions): Promise<Answer>;
  /** Waits for calls under way, then closes every connection. */
  close(): Promise<void>;
}

export interface ExchangeOptions {
  /** Ends the wait; a request that was not sent by then is not. */
  readonly signal: AbortSignal;
  /** Takes over a request that was sent when the wait ends, so that its connection is not cut; it is cut when absent. */
  readonly abandoned: AbandonedCalls | undefined;
}

/**
 * Sends one request and reads its answer. Works on undici's `dispatch`, because its `request` and `fetch` cannot
 * say whether anything was sent, which decides between "did not happen" and "may have happened", and because
 * they keep waiting for a connection after `signal` has aborted.
 *
 * @throws ExchangeFailure
 */
export function exchange(
  agent: Agent,
  request: SentRequest,
  { signal, abandoned }: ExchangeOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status: number | undefined;
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];

    let settle = () => signal.removeEventListener('abort', onAbort);
    const fail = (cause: unknown) => {
      settle();
      const aborted = signal.aborted && cause === signal.reason;
      reject(new ExchangeFailure({ sent: controller !== undefined, aborted, status, cause }));
    };
    const onAbort = () => {
      fail(signal.reason);
      const cut = () => controller?.abort(asError(signal.reason));
      if (controller && abandoned) settle = abandoned.take(cut);
      else cut();
    };
    if (signal.aborted) return fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      // Called just before the first byte is written. Aborting here means that none is.
      onRequestStart: (started) => {
        if (signal.aborted) return started.abort(asError(signal.reason));
        controller = started;
      },
      onResponseStart: (_, code, received) => {
        status = code;
        headers = received;
      },
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        settle();
        resolve({ status: status!, headers, bytes: Buffer.concat(chunks) });
      },
      onResponseError: (_, error) => fail(error),
    };
    try {
      agent.dispatch({ ...request }, handler);
    } catch (error) {
      fail(error);
    }
  });
}

const asError = (reason: unknown) =>
  reason instanceof Error ? reason : new Error('aborted', { cause: reason });
