import type { CaseResult } from './case.js';

/** Milliseconds between two lines where no one watches. */
const EVERY_MS = 5_000;

/** Says on standard error how far it is: one line that changes on a terminal, else one now and then. */
export function startProgress() {
  const { isTTY } = process.stderr;
  let last = performance.now();
  return {
    show(done: readonly CaseResult[], total: number): void {
      const failed = done.filter(({ problems }) => problems.length > 0).length;
      const line = `${done.length} of ${total}, ${failed} failed`;
      if (isTTY) process.stderr.write(`\r${line}`);
      else if (performance.now() - last >= EVERY_MS) {
        last = performance.now();
        process.stderr.write(`${line}\n`);
      }
    },
    end(): void {
      if (isTTY) process.stderr.write('\r\x1b[K');
    },
  };
}
