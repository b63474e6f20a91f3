import { isProvisionError } from '@org/domain';
import type { Leftover } from '../journal/journal.js';

export interface Removal {
  readonly type: Leftover['type'];
  readonly ids: readonly string[];
  remove(id: string): Promise<void>;
  /** Which of the ids are still there. */
  remaining(): Promise<Iterable<string>>;
}

/**
 * Removes, then looks: an answer to a delete proves nothing (Magistrala answers 403 for what is gone, and
 * 204 for what never was), so only what can no longer be seen counts as removed.
 */
export async function removeAndConfirm({ type, ids, remove, remaining }: Removal): Promise<Leftover[]> {
  const reasons = new Map<string, string>();
  const removed = ids.map((id) => remove(id).catch((error: unknown) => reasons.set(id, reasonOf(error))));
  await Promise.all(removed);
  try {
    return Array.from(await remaining(), (id) => ({
      type,
      id,
      reason: reasons.get(id) ?? 'still there after it was removed',
    }));
  } catch (error) {
    return ids.map((id) => ({
      type,
      id,
      reason: reasons.get(id) ?? `could not be confirmed gone: ${reasonOf(error)}`,
    }));
  }
}

/** Words safe to show; what an unknown error says may not be. */
export const reasonOf = (error: unknown): string =>
  isProvisionError(error) ? error.message : 'unexpected error';
