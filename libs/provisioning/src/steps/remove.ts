import { isProvisionError } from '@org/domain';
import type { Remaining } from '../platform/platform.js';
import type { Found, StepContext } from './step.js';

interface Removal {
  readonly type: Found['type'];
  readonly ids: readonly string[];
  remove(id: string): Promise<void>;
  /** Which of them are still there. */
  remaining(): Promise<readonly Remaining[]>;
}

/**
 * Removes, then looks: an answer to a delete proves nothing (Magistrala answers 403 for what is gone, and
 * 204 for what never was), so only what can no longer be seen counts as removed.
 */
export async function removeAndConfirm({ type, ids, remove, remaining }: Removal): Promise<Found[]> {
  const errors = new Map<string, unknown>();
  await Promise.all(ids.map((id) => remove(id).catch((error: unknown) => errors.set(id, error))));
  try {
    return (await remaining()).map(({ id, unremovable }) => found(type, id, unremovable, errors.get(id)));
  } catch (error) {
    return ids.map((id) => {
      const reason = errors.has(id)
        ? reasonOf(errors.get(id))
        : `could not be confirmed gone: ${reasonOf(error)}`;
      return { type, id, reason };
    });
  }
}

function found(type: Found['type'], id: string, unremovable: string | undefined, error: unknown): Found {
  if (unremovable !== undefined) return { type, id, reason: unremovable, unremovable: true };
  if (error === undefined) return { type, id, reason: 'still there after it was removed' };
  return { type, id, reason: reasonOf(error), ...(isUnremovable(error) && { unremovable: true }) };
}

const isUnremovable = (error: unknown): boolean => isProvisionError(error) && error.code === 'unremovable';

/**
 * Whether clients and channels may be there without showing: no answer of this process says that they were created.
 * What a completed run created was whole once.
 */
export const mayBeHidden = (created: ReadonlyMap<string, unknown>, { plan }: StepContext): boolean =>
  plan.removes === undefined && created.size === 0;

/** Words safe to show; what an unknown error says may not be. */
export const reasonOf = (error: unknown): string =>
  isProvisionError(error) ? error.message : 'unexpected error';

/**
 * Whether all of the things are there, and none of them as the platform leaves what it was interrupted in: a gateway of
 * which a part can never be removed must not be answered for.
 */
export const areWhole = (there: readonly Remaining[], wanted: readonly unknown[]): boolean =>
  there.length === wanted.length && there.every(({ unremovable }) => unremovable === undefined);
