import type { Leftover as ShownLeftover } from '@org/domain';

/** Something that a run made and that could not be removed yet. */
export interface Leftover extends ShownLeftover {
  /** Since when, in milliseconds since 1970, looks have found that the platform's API cannot remove it. */
  readonly unremovableSince?: number;
  /** It is a remnant, on record as one: counted and shown there, and not here. */
  readonly isRemnant?: true;
}
