import { type Clock, ProvisionError } from '@org/domain';

interface AdaptiveLimitOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Milliseconds that one may take before the other side has too many. */
  readonly targetMs: number;
  /** Milliseconds that one may wait for its turn. */
  readonly waitMs: number;
  readonly most: number;
}

const START = 4;
/** What is left of the ceiling after one that took too long. */
const DECREASE = 0.7;

/**
 * How many are under way at once: one more for each round that is answered in time, and fewer at once when one is not.
 * So the ceiling finds the pace of the other side (additive increase, multiplicative decrease, as TCP does).
 */
export class AdaptiveLimit {
  readonly #options: AdaptiveLimitOptions;
  readonly #waiting: (() => void)[] = [];
  #ceiling = START;
  #underWay = 0;
  #decreasedAt = -Infinity;

  constructor(options: AdaptiveLimitOptions) {
    this.#options = options;
  }

  get ceiling(): number {
    return Math.floor(this.#ceiling);
  }

  get underWay(): number {
    return this.#underWay;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs it when it is its turn.
   *
   * @throws ProvisionError unavailable `platform_busy` when its turn does not come in time, or `signal` aborts before
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    const { clock, targetMs } = this.#options;
    const from = clock.monotonic();
    try {
      return await work();
    } finally {
      const tookMs = clock.monotonic() - from;
      if (tookMs > targetMs) this.#decrease(from);
      // A ceiling that no one reaches says nothing about the other side.
      else if (this.#underWay >= this.ceiling) this.#increase();
      this.#underWay -= 1;
      this.#next();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#underWay < this.ceiling) return void (this.#underWay += 1);
    const { clock, waitMs } = this.#options;
    const served = new AbortController();
    const ended = AbortSignal.any([served.signal, ...(signal ? [signal] : [])]);
    const take = () => {
      this.#underWay += 1;
      served.abort();
    };
    this.#waiting.push(take);
    await clock.sleep(waitMs, ended).catch(() => undefined);
    if (served.signal.aborted) return;
    this.#waiting.splice(this.#waiting.indexOf(take), 1);
    throw busy();
  }

  #increase(): void {
    this.#ceiling = Math.min(this.#options.most, this.#ceiling + 1 / this.#ceiling);
  }

  /** Once for all that were under way together. */
  #decrease(from: number): void {
    if (from < this.#decreasedAt) return;
    this.#decreasedAt = this.#options.clock.monotonic();
    this.#ceiling = Math.max(1, this.#ceiling * DECREASE);
  }

  #next(): void {
    while (this.#underWay < this.ceiling && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}

const busy = () =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'platform_busy',
    message: 'the platform is busy with other configurations; try again in a moment',
  });
