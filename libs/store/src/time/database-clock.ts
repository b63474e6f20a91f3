import type { Clock } from '@org/domain';

interface Reading {
  /** The database's time when this process's steady clock stood at 0. */
  readonly base: number;
  /** By how much it may be wrong. */
  readonly error: number;
  /** By the steady clock. */
  readonly takenAt: number;
}

/** How much a steady clock may go wrong while time passes: well above what machines' clocks do. */
const DRIFT = 0.001;

/**
 * The database's time of day, without asking for it each time: from this process's steady clock, and from what the database
 * said last. Setting the machine's clock changes nothing. It is exact to half of what an answer takes; leases, which
 * need more, are decided in the database.
 */
export class DatabaseClock implements Clock {
  readonly #local: Clock;
  readonly #ask: () => Promise<number>;
  #reading: Reading | undefined;

  /** @param ask for the database's time, in milliseconds since 1970 */
  constructor(local: Clock, ask: () => Promise<number>) {
    this.#local = local;
    this.#ask = ask;
  }

  /** Of a clock that has been set at least once. */
  now(): number {
    return Math.round(this.#reading!.base + this.#local.monotonic());
  }

  monotonic(): number {
    return this.#local.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#local.sleep(ms, signal);
  }

  /** Sets it by the database, unless the answer took so long that the last one says more. */
  async set(): Promise<void> {
    const askedAt = this.#local.monotonic();
    const said = await this.#ask();
    const answeredAt = this.#local.monotonic();
    const error = (answeredAt - askedAt) / 2;
    const reading = { base: said - (askedAt + answeredAt) / 2, error, takenAt: answeredAt };
    if (!this.#isBetterThan(reading)) this.#reading = reading;
  }

  /** Not where the two cannot both be right: then a clock was set, or this machine stood still. */
  #isBetterThan({ base, error, takenAt }: Reading): boolean {
    const last = this.#reading;
    if (!last) return false;
    const lastError = last.error + (takenAt - last.takenAt) * DRIFT;
    return lastError < error && Math.abs(base - last.base) <= error + lastError;
  }
}

const SET_EVERY_MS = 10_000;

/** Sets it at once, and from then on every few seconds for as long as the database answers. */
export async function followClock(
  local: Clock,
  ask: () => Promise<number>,
): Promise<{ readonly clock: Clock; stop(): void }> {
  const clock = new DatabaseClock(local, ask);
  await clock.set();
  const timer = setInterval(() => void clock.set().catch(() => undefined), SET_EVERY_MS).unref();
  return { clock, stop: () => clearInterval(timer) };
}
