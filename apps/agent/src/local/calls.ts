import { hash, timingSafeEqual } from 'node:crypto';
import { type Metadata, type handleUnaryCall, status } from '@grpc/grpc-js';
import { type Secret, isProvisionError } from '@org/domain';
import { Allowance } from './allowance.js';
import { WireError } from './wire-error.js';

/** A unary method: what it does, and what its errors are on the wire. */
export interface Method<Q, A> {
  readonly name: string;
  /** After this long the caller gets `late`; the work goes on. Milliseconds. */
  readonly limitMs: number;
  /** Calls with the same one, at the same time, share one piece of work. Default: all calls of the method. */
  readonly key?: (request: Q) => string;
  readonly work: (request: Q) => Promise<A>;
  readonly wireError: (error: unknown) => WireError;
  readonly late: () => WireError;
}

export interface CallsOptions {
  /** What callers must show; undefined: nothing. */
  readonly token: Secret | undefined;
  /** Told of defects. */
  readonly onDefect: (error: unknown, method: string) => void;
}

/** More than a device has screens for; work that a caller no longer waits for counts, too. */
const MOST_AT_A_TIME = 8;
const RATE = { burst: 20, perSecond: 5 };

/** Lets calls in, keeps them from being too many, and has their work done. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #token: Buffer | undefined;
  readonly #allowance = new Allowance(RATE);
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#token = options.token && digest(options.token.reveal());
  }

  serve<Q, A>(method: Method<Q, A>): handleUnaryCall<Q, A> {
    return ({ request, metadata }, callback) => {
      this.#answer(method, request, metadata).then(
        (answer) => callback(null, answer),
        (error: WireError) => callback(error),
      );
    };
  }

  /** @throws WireError, and nothing else */
  async #answer<Q, A>(method: Method<Q, A>, request: Q, metadata: Metadata): Promise<A> {
    try {
      this.#assertMayCall(metadata);
      return await inTime(this.#shared(method, request), method);
    } catch (error) {
      if (error instanceof WireError) throw error;
      if (!isProvisionError(error) && !isAbort(error)) this.#options.onDefect(error, method.name);
      throw method.wireError(error);
    }
  }

  #assertMayCall(metadata: Metadata): void {
    if (this.#token) {
      const [, shown = ''] = /^bearer +(.+)$/i.exec(String(metadata.get('authorization')[0] ?? '')) ?? [];
      if (!timingSafeEqual(digest(shown), this.#token)) {
        const text =
          'ProvisioningErrorCodes: UnauthorizedError - the token of the settings (server.token) is needed';
        throw new WireError(status.UNAUTHENTICATED, text, 'token_wrong');
      }
    }
    if (!this.#allowance.take()) throw tooMany('too many calls; ask less often');
  }

  #shared<Q, A>({ name, key, work }: Method<Q, A>, request: Q): Promise<A> {
    const id = key ? `${name} ${key(request)}` : name;
    const running = this.#running.get(id) as Promise<A> | undefined;
    if (running) return running;
    if (this.#running.size >= MOST_AT_A_TIME) throw tooMany('too many calls at a time');
    const begun = work(request).finally(() => this.#running.delete(id));
    this.#running.set(id, begun);
    return begun;
  }
}

const tooMany = (text: string): WireError =>
  new WireError(
    status.RESOURCE_EXHAUSTED,
    `ProvisioningErrorCodes: UnknownError - ${text}`,
    'too_many_calls',
  );

/** Of equal length, whatever was sent. */
const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

const isAbort = (error: unknown): boolean => (error as Error | undefined)?.name === 'AbortError';

async function inTime<A>(
  work: Promise<A>,
  { limitMs, late }: Pick<Method<never, A>, 'limitMs' | 'late'>,
): Promise<A> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
