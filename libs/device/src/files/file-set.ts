import { dirname, resolve } from 'node:path';
import { type JsonValue, ProvisionError, Secret } from '@org/domain';
import type { FileSystem } from './file-system.js';
import { type CommitLog, type Pending, formatJournal, readJournal } from './commit-log.js';
import { assertRemovable, newNameOf, stage, writePrivate } from './private-file.js';
import { Mutex } from './mutex.js';

/** New content by the file's name in the set; null removes the file, what is absent stays as it is. */
export type Changes<Name extends string> = { readonly [name in Name]?: string | Secret | null };

/** The content of every file of a set, as one; undefined where there is no such file. */
export type Contents<Name extends string> = Readonly<Record<Name, string | undefined>>;

interface FileSetOptions<Name extends string> {
  /** Paths by name; they may lie in different folders, and file systems. */
  readonly paths: Readonly<Record<Name, string>>;
  /** Path of the file in which the set notes what it is about to do. */
  readonly journal: string;
  readonly files: FileSystem;
  /**
   * What belongs to a change and is no file of the set, such as a key in a security chip. Gets the `then` of the
   * change; must be repeatable, because it is run again when it was cut off.
   */
  readonly finish?: (then: JsonValue) => Promise<void>;
}

const READ_TRIES = 20;

/**
 * Several files that change together, although each has its own path: at any instant, also after a power cut, what
 * `read` gives is the whole old or the whole new state.
 *
 * The new files are written beside the old ones, then the intent is noted in the journal (from here on the change has
 * happened), then the files are renamed, then the note is taken back. `recover` finishes a change that has happened
 * and throws away one that has not.
 *
 * One process at a time may write; any number may read.
 */
export class FileSet<Name extends string> {
  readonly #paths: readonly (readonly [Name, string])[];
  readonly #journal: string;
  readonly #files: FileSystem;
  readonly #finish: (then: JsonValue) => Promise<void>;
  readonly #turns = new Mutex();

  constructor({ paths, journal, files, finish = () => Promise.resolve() }: FileSetOptions<Name>) {
    this.#paths = Object.entries<string>(paths).map(([name, path]) => [name as Name, resolve(path)]);
    this.#journal = resolve(journal);
    this.#files = files;
    this.#finish = finish;
  }

  /**
   * To be called at start, before anything else.
   *
   * @throws ProvisionError see FileSystem; `journal_unreadable`
   */
  async recover(): Promise<void> {
    await this.#turns.take(() => this.#recover());
  }

  /**
   * All files as they are at one instant.
   *
   * @throws ProvisionError see FileSystem; `journal_unreadable`; `unavailable` (`files_busy`)
   */
  async read(): Promise<Contents<Name>> {
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const before = await this.#files.read(this.#journal);
      const contents = await this.#readAll(readJournal(this.#journal, before).pending);
      // Another process may have changed the files meanwhile; the journal never looks the same again after that.
      if ((await this.#files.read(this.#journal)) === before) return contents;
    }
    throw new ProvisionError({
      kind: 'unavailable',
      code: 'files_busy',
      message: `${this.#journal}: the files are being changed all the time; try again`,
    });
  }

  /**
   * Changes files together.
   *
   * When this throws, either nothing has changed, or the change has happened and the next `recover` or `commit` will
   * finish it; `read` knows.
   *
   * @param then goes to `finish`; no secrets, it is written into the journal
   * @param check is shown what the change replaces; nothing is changed when it throws
   * @throws ProvisionError see FileSystem; `journal_unreadable`; what `check` does
   */
  commit(
    changes: Changes<Name>,
    then: JsonValue = null,
    check?: (before: Contents<Name>) => void,
  ): Promise<void> {
    return this.#turns.take(async () => {
      const journal = await this.#recover();
      check?.(await this.#readAll(undefined));
      const { writes, removes } = this.#sorted(changes);
      const [only] = writes;
      if (only && writes.length === 1 && removes.length === 0 && then === null) {
        return writePrivate(this.#files, only.path, only.content);
      }
      const pending: Pending = { write: writes.map(({ path }) => path), remove: removes, then };
      const next: CommitLog = { generation: journal.generation + 1, pending };
      await this.#stageAll(writes, removes, next);
      await this.#files.rename(newNameOf(this.#journal), this.#journal);
      await this.#files.syncFolder(dirname(this.#journal));
      await this.#carryOut(next.generation, pending);
    });
  }

  /**
   * Goes as far with a change as there is a way back, and goes back: tells whether it can be made now.
   *
   * @throws ProvisionError see FileSystem; `journal_unreadable`
   */
  rehearse(changes: Changes<Name>): Promise<void> {
    return this.#turns.take(async () => {
      const { generation } = await this.#recover();
      const { writes, removes } = this.#sorted(changes);
      await this.#stageAll(writes, removes, { generation, pending: undefined });
      await this.#discard();
    });
  }

  #sorted(changes: Changes<Name>): { writes: { path: string; content: string }[]; removes: string[] } {
    const writes = this.#paths.flatMap(([name, path]) => {
      const content: string | Secret | null | undefined = changes[name];
      if (content === undefined || content === null) return [];
      return [{ path, content: content instanceof Secret ? content.reveal() : content }];
    });
    return {
      writes,
      removes: this.#paths.filter(([name]) => changes[name] === null).map(([, path]) => path),
    };
  }

  /** Everything that can fail for want of space, permission or a free name, while there is still a way back. */
  async #stageAll(
    writes: readonly { path: string; content: string }[],
    removes: readonly string[],
    journal: CommitLog,
  ): Promise<void> {
    try {
      for (const path of removes) await assertRemovable(this.#files, path);
      for (const { path, content } of writes) await stage(this.#files, path, content);
      for (const folder of foldersOf(writes.map(({ path }) => path))) await this.#files.syncFolder(folder);
      await stage(this.#files, this.#journal, formatJournal(journal));
    } catch (error) {
      await this.#discard().catch(() => undefined);
      throw error;
    }
  }

  async #recover(): Promise<CommitLog> {
    const journal = readJournal(this.#journal, await this.#files.read(this.#journal));
    if (journal.pending) await this.#carryOut(journal.generation, journal.pending);
    else await this.#discard();
    return journal;
  }

  async #carryOut(generation: number, { write, remove, then }: Pending): Promise<void> {
    for (const path of write) {
      if (await this.#files.facts(newNameOf(path))) await this.#files.rename(newNameOf(path), path);
    }
    for (const path of remove) await this.#files.remove(path);
    for (const folder of foldersOf([...write, ...remove])) {
      if (await this.#files.facts(folder)) await this.#files.syncFolder(folder);
    }
    if (then !== null) await this.#finish(then);
    await writePrivate(this.#files, this.#journal, formatJournal({ generation, pending: undefined }));
  }

  /** Removes what a change that never happened left beside the files. */
  async #discard(): Promise<void> {
    for (const path of [...this.#paths.map(([, each]) => each), this.#journal]) {
      if (await this.#files.facts(newNameOf(path))) await this.#files.remove(newNameOf(path));
    }
  }

  async #readAll(pending: Pending | undefined): Promise<Contents<Name>> {
    const entries: [Name, string | undefined][] = [];
    for (const [name, path] of this.#paths) entries.push([name, await this.#readOne(path, pending)]);
    return Object.fromEntries(entries) as Record<Name, string | undefined>;
  }

  async #readOne(path: string, pending: Pending | undefined): Promise<string | undefined> {
    if (pending?.remove.includes(path)) return undefined;
    const waiting = pending?.write.includes(path) ? await this.#files.read(newNameOf(path)) : undefined;
    return waiting ?? this.#files.read(path);
  }
}

const foldersOf = (paths: readonly string[]): ReadonlySet<string> =>
  new Set(paths.map((path) => dirname(path)));
