import { type Clock, isProvisionError } from '@org/domain';
import type { RunJournal, Run } from '../journal/journal.js';
import type { Observer } from './observer.js';

interface RecoveryLoopOptions {
  readonly journal: Pick<RunJournal, 'claim' | 'purge'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly owner: string;
  readonly leaseMs: number;
  readonly recoverEveryMs: number;
  readonly recoverAtOnce: number;
  /** @param askedAt when its lease was asked for, by `clock.monotonic()` */
  recover(run: Run, askedAt: number): Promise<unknown>;
}

/**
 * Claims what is due and recovers it, until `signal` aborts. A place is free again as soon as its recovery ends, so that a slow
 * one keeps no other waiting.
 */
export async function recoverForever(options: RecoveryLoopOptions, signal: AbortSignal): Promise<void> {
  const { clock, observer, recoverEveryMs } = options;
  const recovering = new Set<Promise<unknown>>();
  let pause = new AbortController();
  signal.addEventListener('abort', () => pause.abort(), { once: true });
  while (!signal.aborted) {
    await recoverDue(options, recovering).catch((error) => observer.trouble?.('recovery', error));
    if (signal.aborted) break;
    pause = new AbortController();
    const paused = clock.sleep(recoverEveryMs, pause.signal).catch(() => undefined);
    await Promise.race([...recovering, paused]);
    pause.abort();
  }
  await Promise.all(recovering);
}

async function recoverDue(options: RecoveryLoopOptions, recovering: Set<Promise<unknown>>): Promise<void> {
  const { journal, clock, observer, owner, leaseMs, recoverAtOnce, recover } = options;
  const limit = recoverAtOnce - recovering.size;
  if (limit === 0) return;
  const askedAt = clock.monotonic();
  const due = await journal.claim({ owner, leaseMs, limit });
  for (const run of due) {
    const recovery = recover(run, askedAt)
      .catch((error) => isStopping(error) || observer.trouble?.(`recovery of run ${run.plan.runId}`, error))
      .finally(() => recovering.delete(recovery));
    recovering.add(recovery);
  }
  if (due.length < limit) await journal.purge();
}

const isStopping = (error: unknown): boolean => isProvisionError(error) && error.code === 'stopping';
