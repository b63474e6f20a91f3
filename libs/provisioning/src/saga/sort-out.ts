import type { Leftover } from '../journal/leftover.js';
import type { Found } from '../steps/step.js';

/** Clocks of different processes, and of the journal, may differ a little. */
const TOLERANCE = 0.9;

const keyOf = ({ type, id, reason }: Found | Leftover): string => `${type} ${id || reason}`;

/**
 * Tells what is worked on further from what the platform can never remove. One look is not enough to believe that: a call
 * may still be under way, or a check have missed what was just written. So it is looked at once more, after the time by
 * which every call must have landed.
 *
 * @param before what the last look left
 * @param now milliseconds since 1970
 */
export function sortOut(
  found: readonly Found[],
  before: readonly Leftover[],
  { now, settleMs }: { readonly now: number; readonly settleMs: number },
): readonly Leftover[] {
  const known = new Map(before.map((leftover) => [keyOf(leftover), leftover]));
  return found.map(({ type, id, reason, unremovable }) => {
    if (!unremovable) return { type, id, reason };
    const unremovableSince = known.get(keyOf({ type, id, reason }))?.unremovableSince ?? now;
    const isRemnant = now - unremovableSince >= settleMs * TOLERANCE;
    return { type, id, reason, unremovableSince, ...(isRemnant && { isRemnant }) };
  });
}

export const isRemnant = (leftover: Leftover): boolean => leftover.isRemnant === true;
