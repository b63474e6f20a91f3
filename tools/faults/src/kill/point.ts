import { readFileSync, rmSync, writeSync } from 'node:fs';

/** Something that a process is about to do, or has just done. */
export interface Point {
  readonly name: string;
  /** Does the first half of it. */
  readonly begin?: () => void;
}

/**
 * For what is loaded into a program with `--import`: the program kills itself with SIGKILL at a point, which no one could
 * do from outside as exactly. Which point, `KILL_AT` says: `17` is the 17th; `17:half` is in the middle of it, where it
 * can be begun. A program that runs already counts anew from SIGUSR2 on: then the number is in the file that
 * `KILL_ORDER_FILE` names, and the file is removed to say that it was read.
 */
let [number, half] = (process.env['KILL_AT'] ?? '').split(':');
let passed = 0;

const orderFile = process.env['KILL_ORDER_FILE'];
if (orderFile !== undefined)
  process.on('SIGUSR2', () => {
    [number, half] = readFileSync(orderFile, 'utf8').split(':');
    passed = 0;
    rmSync(orderFile);
  });

/** Counts one point; what it was goes to the standard error before the process dies of it. */
export function pass({ name, begin }: Point): void {
  passed += 1;
  if (passed !== Number(number)) return;
  if (half) begin?.();
  writeSync(2, `${JSON.stringify({ killed: name, isWrite: begin !== undefined })}\n`);
  process.kill(process.pid, 'SIGKILL');
}
