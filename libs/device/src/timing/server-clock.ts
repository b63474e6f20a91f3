import type { Clock } from '@org/domain';

/** An answer's time of day, and the local times between which it was given; milliseconds since 1970. */
interface TimeSample {
  readonly serverTime: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** How far a device's clock may be slow, in milliseconds, without being taken for wrong. */
export const SLOW_CLOCK_MS = 5 * 60e3;

/**
 * For the message of a failed handshake.
 *
 * @param reason as OpenSSL words it, or Node's code
 * @returns a sentence with a space before it where the clock may be what is wrong, else nothing
 */
export function clockHint(reason: string): string {
  if (!/not.yet.valid|has.expired/i.test(reason)) return '';
  const time = new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  return ` The clock here says ${time}: set it, if that is wrong.`;
}

/** Less is not told apart from slow answers and whole seconds. */
const NOTICED_MS = 60e3;

/**
 * The time, corrected by what the server said last, where that is more than a minute away.
 *
 * Only a server that can be reached says it: OpenSSL goes by the system's clock, and refuses every certificate that is
 * not valid by that. A clock that stands in 1970, as it does at the start of a device without a battery for it, helps
 * itself in this way only where the server is asked without TLS; over TLS, someone (NTP) has to set it.
 */
export class ServerClock implements Clock {
  readonly #local: Clock;
  readonly #onSkew: ((skewMs: number) => void) | undefined;
  #skewMs: number | undefined;
  #toldMs = 0;

  /** @param onSkew told when the local clock turns out to be wrong, or wrong by another amount, or right again (0) */
  constructor(local: Clock, onSkew?: (skewMs: number) => void) {
    this.#local = local;
    this.#onSkew = onSkew;
  }

  /** How far the local clock is ahead of the server's, in milliseconds; 0 when it is right, or nothing is known. */
  get skewMs(): number {
    return this.#skewMs ?? 0;
  }

  /** @param earlierSkewMs what was known earlier, for as long as the server has said nothing */
  now(earlierSkewMs = 0): number {
    return this.#local.now() - (this.#skewMs ?? earlierSkewMs);
  }

  monotonic(): number {
    return this.#local.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#local.sleep(ms, signal);
  }

  notice({ serverTime, sentAt, receivedAt }: TimeSample): void {
    const before = sentAt - serverTime;
    const after = receivedAt - serverTime;
    const middle = Math.round((before + after) / 2);
    this.#skewMs = Math.abs(middle) > NOTICED_MS + (receivedAt - sentAt) / 2 ? middle : 0;
    if (Math.abs(this.#skewMs - this.#toldMs) <= NOTICED_MS) return;
    this.#toldMs = this.#skewMs;
    this.#onSkew?.(this.#skewMs);
  }

  /** Makes a call whose answer may say what time it is at the server, and takes notice. */
  async ask<T extends { readonly serverTime?: number }>(call: () => Promise<T>): Promise<T> {
    const sentAt = this.#local.now();
    const answer = await call();
    const { serverTime } = answer;
    if (serverTime !== undefined) this.notice({ serverTime, sentAt, receivedAt: this.#local.now() });
    return answer;
  }
}
