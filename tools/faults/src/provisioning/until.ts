import { setTimeout as delay } from 'node:timers/promises';

/** Longest time that everything may take to come to an end, on a machine that is busy with other things. */
const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 60;

/** Looks until it holds. @throws Error when that takes too long */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${WITHIN_MS} ms in vain for ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}
