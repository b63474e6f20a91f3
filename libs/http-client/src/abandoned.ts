import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls that change something, that were sent, and that no one waits for any more. They go on until they are answered:
 * a service may cancel its work midway when its caller's connection closes, and leave behind what no one can remove.
 */
export class AbandonedCalls {
  /** What cuts each, and the timer that will. */
  readonly #underWay = new Map<() => void, NodeJS.Timeout>();
  #onEmpty: () => void = () => undefined;

  /** @param longestMs how long each may go on before its connection is cut after all; 0: not at all */
  constructor(private readonly longestMs: number) {}

  get count(): number {
    return this.#underWay.size;
  }

  /** @returns to be called when it has ended */
  take(cut: () => void): () => void {
    const timer = setTimeout(() => this.#cut(cut), this.longestMs);
    // The connection itself keeps the process alive for as long as it is open.
    timer.unref();
    this.#underWay.set(cut, timer);
    if (this.longestMs === 0) this.#cut(cut);
    return () => this.#forget(cut);
  }

  /** Waits for them, and cuts those that are left after so many milliseconds. @returns how many it cut */
  async drain(withinMs: number): Promise<number> {
    const ended = new AbortController();
    this.#onEmpty = () => ended.abort();
    if (this.count > 0) await delay(withinMs, undefined, { signal: ended.signal }).catch(() => undefined);
    const left = [...this.#underWay.keys()];
    for (const cut of left) this.#cut(cut);
    return left.length;
  }

  #cut(cut: () => void): void {
    this.#forget(cut);
    cut();
  }

  #forget(cut: () => void): void {
    clearTimeout(this.#underWay.get(cut));
    this.#underWay.delete(cut);
    if (this.count === 0) this.#onEmpty();
  }
}
