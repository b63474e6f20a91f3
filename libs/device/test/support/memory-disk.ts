import { dirname } from 'node:path';
import type { FileSystem } from '../../src/index.js';
import type { Countdown } from './stopping.js';
import { Killed } from './stopping.js';

/** One change of names, held in memory by the operating system until the folder is synced. */
interface NameChange {
  readonly folder: string;
  readonly apply: (names: Map<string, string>) => void;
}

/**
 * A disk that a power cut takes at its word: content is on it once it is synced, a name once its folder is. Changes of
 * names that were not synced survive or not, each by itself, as `survives` says.
 */
export class MemoryDisk implements FileSystem {
  readonly #names: Map<string, string>;
  readonly #durable: Map<string, string>;
  readonly #countdown: Countdown | undefined;
  readonly #folders: Set<string>;
  #waiting: NameChange[] = [];

  constructor(contents: ReadonlyMap<string, string> = new Map(), countdown?: Countdown) {
    this.#names = new Map(contents);
    this.#durable = new Map(contents);
    this.#folders = new Set([...contents.keys()].map((path) => dirname(path)));
    this.#countdown = countdown;
  }

  /** What is on the disk when the power comes back. */
  afterPowerCut(survives: (change: number) => boolean): Map<string, string> {
    const names = new Map(this.#durable);
    this.#waiting.filter((_, index) => survives(index)).forEach(({ apply }) => apply(names));
    return names;
  }

  async read(path: string): Promise<string | undefined> {
    this.#countdown?.step();
    return this.#names.get(path);
  }

  async facts(path: string) {
    this.#countdown?.step();
    const owner = process.getuid?.() ?? 0;
    if (this.#names.has(path)) return { kind: 'file', mode: 0o600, owner } as const;
    return this.#folders.has(path) ? ({ kind: 'folder', mode: 0o700, owner } as const) : undefined;
  }

  async create(path: string, content: string): Promise<void> {
    this.#countdown?.step();
    if (this.#names.has(path)) throw new Error(`${path} exists`);
    const dies = this.#countdown?.left === 0;
    const written = dies ? content.slice(0, content.length / 2) : content;
    this.#change(path, (names) => names.set(path, written));
    if (dies) throw new Killed();
  }

  async rename(from: string, to: string): Promise<void> {
    this.#countdown?.step();
    const content = this.#names.get(from);
    if (content === undefined) throw new Error(`${from} does not exist`);
    this.#change(to, (names) => {
      names.delete(from);
      names.set(to, content);
    });
  }

  async remove(path: string): Promise<void> {
    this.#countdown?.step();
    this.#change(path, (names) => names.delete(path));
  }

  async makeFolder(path: string): Promise<void> {
    this.#countdown?.step();
    this.#folders.add(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.#countdown?.step();
    for (const { apply } of this.#waiting.filter(({ folder }) => folder === path)) apply(this.#durable);
    this.#waiting = this.#waiting.filter(({ folder }) => folder !== path);
  }

  #change(path: string, apply: NameChange['apply']): void {
    apply(this.#names);
    this.#waiting.push({ folder: dirname(path), apply });
  }
}
