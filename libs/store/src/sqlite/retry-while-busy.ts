import { setTimeout } from 'node:timers/promises';
import { DatabaseActivity } from '../database-activity.js';

/** Milliseconds to wait in all for another process's write, and between attempts. */
const BUSY_LIMIT_MS = 5_000;
const PAUSE_MS = 10;

/** SQLite's BUSY, LOCKED, READONLY, IOERR, FULL and CANTOPEN (https://sqlite.org/rescode.html). */
const BUSY = 5;
const OUTAGES = new Set([BUSY, 6, 8, 10, 13, 14]);

/**
 * Repeats what another process's write keeps from happening. SQLite would do so by itself, but while it waits nothing
 * else of this process goes on.
 *
 * @throws ProvisionError ambiguous `database_unavailable` for outages, which are told apart from the rest
 */
export async function retryWhileBusy<T>(
  work: () => T | Promise<T>,
  activity = new DatabaseActivity(),
): Promise<T> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      // The lowest byte is the primary code, the others say more.
      const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
      if (!OUTAGES.has(code)) throw error;
      if (code !== BUSY || performance.now() >= deadline) throw activity.outage(error);
    }
    await setTimeout(PAUSE_MS);
  }
}
