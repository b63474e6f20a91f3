import { setTimeout } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { isOutage } from '../outage.js';

/** Carries out a write; durable when its promise resolves. */
export type Write<S> = <T>(work: (db: Kysely<S>) => Promise<T>) => Promise<T>;

interface Waiting<S> {
  readonly work: (db: Kysely<S>) => Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Milliseconds that a write waits for others to share its commit with. */
const GATHER_MS = 2;

/**
 * Writes that come at about the same time share one commit: what a commit costs is waiting for the disk, and
 * that blocks the whole process. A write that fails leaves the others alone, as SQLite undoes only its statement; when
 * the database cannot be written to at all, none of them happens.
 */
export function groupCommit<S>(db: Kysely<S>): Write<S> {
  let waiting: Waiting<S>[] = [];
  let committing = false;

  const commit = async () => {
    const group = waiting;
    waiting = [];
    try {
      const ends = await db.transaction().execute(async (transaction) => {
        const settled: PromiseSettledResult<unknown>[] = [];
        for (const { work } of group) {
          const [end] = await Promise.allSettled([work(transaction)]);
          // The others would wait as long for it, each anew, and the whole process with them.
          if (end.status === 'rejected' && isOutage(end.reason)) throw end.reason;
          settled.push(end);
        }
        return settled;
      });
      group.forEach(({ resolve, reject }, n) => {
        const end = ends[n]!;
        if (end.status === 'fulfilled') resolve(end.value);
        else reject(end.reason);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  // One commit at a time: while another process keeps the database, all that comes waits for it together.
  const commitAll = async () => {
    committing = true;
    while (waiting.length > 0) {
      await setTimeout(GATHER_MS);
      await commit();
    }
    committing = false;
  };

  return <T>(work: (db: Kysely<S>) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (!committing) void commitAll();
    });
}

/** For databases that many connections write to at once: each write commits by itself. */
export const commitEach =
  <S>(db: Kysely<S>): Write<S> =>
  (work) =>
    work(db);
