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
  /** Changes what the device is: only for trusted callers. */
  readonly trustedOnly?: true;
  /** Calls with the same one, at the same time, share one piece of work. Default: all calls of the method. */
  readonly key?: (request: Q) => string;
  readonly work: (request: Q) => Promise<A>;
  readonly wireError: (error: unknown) => WireError;
  readonly late: () => WireError;
}

/** Why a call was refused before any work was done for it. */
export type CallRefusal = 'token_needed' | 'token_wrong' | 'too_many_calls';

interface CallsOptions {
  /** What callers must show; undefined: nothing. */
  readonly token: Secret | undefined;
  /** Whether the mode of a Unix socket says who can connect. Any user of the device can connect to a port. */
  readonly isGuarded: boolean;
  readonly onRefused: (reason: CallRefusal, method: string) => void;
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

  /** Whether callers that are let in may change what the device is. */
  get areTrusted(): boolean {
    return this.#token !== undefined || this.#options.isGuarded;
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
      this.#assertMayCall(method, metadata);
      return await inTime(this.#shared(method, request), method);
    } catch (error) {
      if (error instanceof Refusal) this.#options.onRefused(error.reason, method.name);
      if (error instanceof WireError) throw error;
      if (!isProvisionError(error) && !isAbort(error)) this.#options.onDefect(error, method.name);
      throw method.wireError(error);
    }
  }

  #assertMayCall({ trustedOnly }: { readonly trustedOnly?: true }, metadata: Metadata): void {
    if (this.#token && !timingSafeEqual(digest(tokenIn(metadata)), this.#token)) throw tokenWrong();
    if (!this.#allowance.take()) throw tooMany('too many calls; ask less often');
    if (trustedOnly && !this.areTrusted) throw tokenNeeded();
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

class Refusal extends WireError {
  constructor(
    code: status,
    text: string,
    readonly reason: CallRefusal,
  ) {
    super(code, `ProvisioningErrorCodes: ${text}`, reason);
  }
}

const tokenIn = (metadata: Metadata): string =>
  /^bearer +(.+)$/i.exec(String(metadata.get('authorization')[0] ?? ''))?.[1] ?? '';

const tokenWrong = (): Refusal =>
  new Refusal(
    status.UNAUTHENTICATED,
    'UnauthorizedError - the token of the settings (server.token) is needed',
    'token_wrong',
  );

const tokenNeeded = (): Refusal =>
  new Refusal(
    status.UNAUTHENTICATED,
    'UnauthorizedError - every user of this device can reach this address, so this call is refused here. ' +
      'Set server.token, or server.url to unix:/path/of/socket; or run "provision-agent deprovision"',
    'token_needed',
  );

const tooMany = (text: string): Refusal =>
  new Refusal(status.RESOURCE_EXHAUSTED, `UnknownError - ${text}`, 'too_many_calls');

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
