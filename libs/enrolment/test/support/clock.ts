import type { Clock } from '@org/domain';

/** Certificates have whole seconds. */
export const START = 1_790_000_000_000;

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #now = START;
  #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now = (): number => this.#now;
  monotonic = (): number => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      this.#sleepers.push({ until: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter(({ until }) => until <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    for (const { wake } of due) wake();
  }
}

/** Enough turns of the event loop for everything in memory to finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
