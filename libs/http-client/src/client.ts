import { type Clock, ProvisionError, systemClock } from '@org/domain';
import { type Failure, HttpError } from './errors.js';
import type { Answer } from './answer.js';
import type { Decode } from './go-json.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { queryString } from './path.js';
import {
  type Attempt,
  type BegunAttempt,
  type DecodedRequest,
  type RequestOptions,
  isSafe,
} from './request.js';
import { DEFAULT_RETRY, type RetryOptions, pauseBeforeRetry } from './retry.js';
import { limitTime } from './time-limit.js';
import type { Transport } from './transport.js';

export interface HttpClientOptions {
  readonly transport: Transport;
  /** `http:` or `https:`, may have a path, no query and no credentials. */
  readonly baseUrl: string;
  /** What errors and metrics call the service. */
  readonly service: string;
  readonly retry?: Partial<RetryOptions>;
  /** Called after every try; must not throw. */
  readonly observe?: (attempt: Attempt) => void;
  /** Called before every try; must not throw. For traces. */
  readonly begin?: (call: Pick<Attempt, 'service' | 'operation' | 'method'>) => BegunAttempt;
  readonly clock?: Clock;
  /** In [0, 1), for the jitter. Default Math.random. */
  readonly random?: () => number;
}

export interface HttpClient {
  readonly service: string;
  /**
   * Sends a request, repeats it where that is allowed, and decodes the answer; without `decode` its body is
   * ignored, so that an empty one is fine. Where the time limit or the signal ends the wait for one that changes
   * something and was sent, the error is `ambiguous`, and the call goes on: see `TimeLimits.abandonMs`.
   *
   * @throws HttpError
   */
  request<T>(options: RequestOptions & { readonly decode: Decode<T> }): Promise<T>;
  request(options: RequestOptions): Promise<void>;
}

/** @throws ProvisionError `invalid` (`invalid_base_url`) */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new PooledHttpClient(options);
}

class PooledHttpClient implements HttpClient {
  readonly service: string;
  readonly #transport: Transport;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #retry: RetryOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #observe: ((attempt: Attempt) => void) | undefined;
  readonly #begin: HttpClientOptions['begin'];

  constructor(options: HttpClientOptions) {
    const url = parseBaseUrl(options.baseUrl, options.service);
    this.service = options.service;
    this.#transport = options.transport;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#observe = options.observe;
    this.#begin = options.begin;
  }

  async request<T>(options: RequestOptions & { readonly decode?: Decode<T> }): Promise<T> {
    const limit = limitTime(this.#limitOf(options), options.signal);
    try {
      return (await this.#repeat(options, limit.signal)) as T;
    } finally {
      limit.end();
    }
  }

  #limitOf(options: RequestOptions): number {
    const { readMs, writeMs, slowMs } = this.#transport.limits;
    if (options.slow) return slowMs;
    return isSafe(options) ? readMs : writeMs;
  }

  async #repeat(options: DecodedRequest, signal: AbortSignal): Promise<unknown> {
    const send = this.#sender(options);
    const repeatable = options.repeatable ?? !['POST', 'PATCH'].includes(options.method);
    let mayHaveHappened = false;
    for (let attempt = 1; ; attempt++) {
      const { failure, value } = await this.#attempt(options, attempt, (headers) => send(signal, headers));
      if (failure === undefined) return value;
      mayHaveHappened ||= failure.kind === 'ambiguous';
      const pause = pauseBeforeRetry(failure, {
        attempt,
        repeatable,
        retry: this.#retry,
        random: this.#random,
      });
      if (pause === undefined || !(await this.#pause(pause, signal))) {
        throw this.#error(failure, { operation: options.operation, attempts: attempt, mayHaveHappened });
      }
    }
  }

  /** False when the caller or the time limit ended it. */
  #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#clock.sleep(ms, signal).then(
      () => true,
      () => false,
    );
  }

  #error(
    failure: Failure,
    facts: { operation: string; attempts: number; mayHaveHappened: boolean },
  ): HttpError {
    // "Nothing was sent" of the last try says nothing about the tries before it.
    const kind = failure.kind === 'unavailable' && facts.mayHaveHappened ? 'ambiguous' : failure.kind;
    return new HttpError({ ...failure, kind, service: this.service, ...facts });
  }

  async #attempt(
    options: DecodedRequest,
    attempt: number,
    send: (headers: BegunAttempt['headers']) => Promise<Answer>,
  ): Promise<Outcome> {
    const call = { service: this.service, operation: options.operation, method: options.method };
    const begun = this.#begin?.(call);
    const start = this.#clock.now();
    const outcome = await outcomeOf(
      options,
      () => send(begun?.headers ?? {}),
      () => this.#clock.now(),
    );
    const { status, failure } = outcome;
    const ended: Attempt = {
      ...call,
      attempt,
      status,
      failure: failure && { kind: failure.kind, code: failure.code },
      ms: this.#clock.now() - start,
    };
    this.#observe?.(ended);
    begun?.end(ended);
    return outcome;
  }

  #sender(options: RequestOptions): (signal: AbortSignal, more: BegunAttempt['headers']) => Promise<Answer> {
    const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
    if (options.token !== undefined) {
      // Headers are written as Latin-1; an external key beyond that goes out as the UTF-8 that Go would write.
      const token = Buffer.from(options.token.reveal(), 'utf8').toString('latin1');
      headers['authorization'] = `${options.scheme ?? 'Bearer'} ${token}`;
    }
    if (options.json !== undefined) headers['content-type'] = 'application/json';
    const request = {
      origin: this.#origin,
      path: `${this.#prefix}${options.path}${queryString(options.query)}`,
      method: options.method,
      headers,
      body: options.json === undefined ? options.body : JSON.stringify(options.json),
    };
    const { sender, abandoned } = this.#transport;
    return (signal, more) =>
      sender.send(
        { ...request, headers: { ...headers, ...more } },
        { signal, abandoned: isSafe(options) ? undefined : abandoned },
      );
  }
}

function parseBaseUrl(text: string, service: string): URL {
  const url = URL.parse(text);
  const extra = url && url.username + url.password + url.search + url.hash;
  if (url && extra === '' && /^https?:$/.test(url.protocol)) return url;
  throw new ProvisionError({
    kind: 'invalid',
    code: 'invalid_base_url',
    message: `the address of ${service} must start with http:// or https:// and have no user, password, query or fragment`,
  });
}
