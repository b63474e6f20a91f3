/** How much may be done: `burst` at once, and `perSecond` in the long run. */
export class Allowance {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /** @param now milliseconds, never going back */
  constructor(rate: { readonly burst: number; readonly perSecond: number }, now = () => performance.now()) {
    this.#burst = rate.burst;
    this.#perMs = rate.perSecond / 1000;
    this.#now = now;
    this.#left = rate.burst;
    this.#at = now();
  }

  /** False when nothing is left for now. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
