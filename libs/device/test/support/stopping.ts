import { writeFileSync } from 'node:fs';
import type { FileSystem } from '../../src/index.js';

/** What a process that was killed never gets: an answer. */
export class Killed extends Error {
  constructor() {
    super('the process was killed');
  }
}

/** Counts down the steps of a process to the one at which it is killed. */
export class Countdown {
  constructor(public left: number) {}

  /** @throws Killed at the last step, and at every later one */
  step(): void {
    if (this.left <= 0) throw new Killed();
    this.left -= 1;
  }
}

/** A disk seen by a process that is killed at a certain step; a file being written then is left half-written. */
export function stopping(files: FileSystem, countdown: Countdown): FileSystem {
  const before =
    <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      countdown.step();
      return work(...args);
    };
  return {
    read: before((path) => files.read(path)),
    facts: before((path) => files.facts(path)),
    create: async (path, content) => {
      countdown.step();
      if (countdown.left > 0) return files.create(path, content);
      writeFileSync(path, content.slice(0, content.length / 2), { mode: 0o600, flag: 'wx' });
      throw new Killed();
    },
    rename: before((from, to) => files.rename(from, to)),
    remove: before((path) => files.remove(path)),
    makeFolder: before((path) => files.makeFolder(path)),
    syncFolder: before((path) => files.syncFolder(path)),
  };
}

/** Runs `life` again and again, killed at its first step, its second, …, until it comes to its end. */
export async function killedAtEveryStep(
  life: (countdown: Countdown, steps: number) => Promise<void>,
  afterwards: (steps: number) => Promise<void>,
): Promise<number> {
  for (let steps = 0; ; steps++) {
    const countdown = new Countdown(steps);
    const end = await life(countdown, steps).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (end !== undefined && countdown.left > 0) throw end;
    await afterwards(steps);
    if (end === undefined) return steps;
  }
}

/** Calls to a server by a process that is killed: before the call, or before its answer has arrived. */
export function stoppingCalls<T extends object>(server: T, countdown: Countdown): T {
  return new Proxy(server, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        countdown.step();
        const answer: unknown = await method.apply(target, args);
        countdown.step();
        return answer;
      };
    },
  });
}
