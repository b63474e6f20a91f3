import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What has to be undone, in reverse order, however a command ends. */
export class Cleanup {
  readonly #tasks: (() => unknown)[] = [];

  defer(task: () => unknown): void {
    this.#tasks.push(task);
  }

  /** A folder of its own, removed at the end. */
  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'provision-'));
    this.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  /** Runs every task, even when some fail. */
  async run(): Promise<void> {
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      try {
        await task();
      } catch (error) {
        process.stderr.write(`while cleaning up: ${String(error)}\n`);
      }
    }
  }
}
