import { isProvisionError } from '@org/domain';

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MAX_GROUP = 256;

/**
 * Collects what is to be written while a write is under way, and writes it with the next one: under load, many issues
 * share one transaction and one fsync; alone, an issue waits for nothing.
 */
export class GroupCommit<T> {
  readonly #write: (items: readonly T[]) => Promise<void>;
  #waiting: Waiting<T>[] = [];
  #writing = false;

  constructor(write: (items: readonly T[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the item is written; rejects with the error of its own write, or an ambiguous one of its group. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#writing) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    // Whatever is started in this turn of the event loop still joins the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MAX_GROUP);
      this.#waiting = this.#waiting.slice(MAX_GROUP);
      await this.#writeGroup(group);
    }
    this.#writing = false;
  }

  async #writeGroup(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#write(group.map(({ item }) => item));
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length === 1 || isAmbiguous(error)) {
        for (const { reject } of group) reject(error);
        return;
      }
      // One item that the store refuses must not take the others with it.
      for (const each of group) await this.#writeGroup([each]);
    }
  }
}

/**
 * The group may have been written without an answer: writing the items again would be refused then, as if they were
 * at fault. Nor would it help, one wait after another, while the database is away.
 */
const isAmbiguous = (error: unknown): boolean => isProvisionError(error) && error.kind === 'ambiguous';
