import type { Clock, Lease } from '@org/domain';
import type { RunJournal } from '../journal/journal.js';
import type { Leftover } from '../journal/leftover.js';
import type { Plan } from '../plan/plan.js';
import type { Remnants } from '../remnants/remnants.js';
import type { Found } from '../steps/step.js';
import { removalDelay } from './backoff.js';
import type { Observer } from './observer.js';
import { factsOf } from './saga.js';
import { isRemnant, sortOut } from './sort-out.js';

interface Removal {
  readonly plan: Plan;
  readonly lease: Lease;
  /** 1 for the first. */
  readonly attempt: number;
  readonly found: readonly Found[];
  /** What the removal before left. */
  readonly before: readonly Leftover[];
  /** Whether nothing can land any more. */
  readonly settled: boolean;
}

export interface ConcludeOptions {
  readonly journal: RunJournal;
  readonly remnants: Remnants;
  readonly clock: Pick<Clock, 'now'>;
  readonly observer: Observer;
  /** Milliseconds after which a call that no one answered can no longer land. */
  readonly settleMs: number;
  /** In [0, 1). */
  random(): number;
}

/**
 * Writes down what a removal came to: the run is forgotten when nothing is left of it but remnants, which are put on
 * record; otherwise it is looked at again. @returns what is left and still worked on
 */
export async function conclude(removal: Removal, options: ConcludeOptions): Promise<readonly Leftover[]> {
  const { journal, remnants, observer, clock } = options;
  const { plan, lease, found, before, attempt } = removal;
  const sorted = sortOut(found, before, { now: clock.now(), settleMs: options.settleMs });
  const left = sorted.filter((it) => !isRemnant(it));
  const remains = sorted.filter(isRemnant);
  if (remains.length > 0) {
    const fresh = await remnants.record(factsOf({ plan }), remains.map(asRemnant));
    if (fresh.length > 0) observer.remnants?.(factsOf({ plan }), fresh);
  }
  // By the time that something counts as a remnant, every call has landed.
  if (left.length === 0 && (removal.settled || remains.length > 0)) await journal.forget(lease);
  else
    await journal.postpone(lease, {
      state: left.length === 0 ? 'settling' : 'removing',
      leftovers: sorted,
      attempts: attempt,
      delayMs: delayOf(left, attempt, options),
    });
  return left;
}

const asRemnant = ({ type, id, reason }: Leftover) => ({ type, id, reason });

/**
 * Soon again while something may be removed, or was refused for the first time: a check may miss what was just written.
 * Else when late calls must have landed.
 */
function delayOf(
  left: readonly Leftover[],
  attempt: number,
  { settleMs, random }: Pick<ConcludeOptions, 'settleMs' | 'random'>,
): number {
  const mayBeRemoved = left.some(({ unremovableSince }) => unremovableSince === undefined);
  const isFirst = left.length > 0 && attempt === 1;
  return mayBeRemoved || isFirst ? removalDelay(attempt, random()) : settleMs;
}
