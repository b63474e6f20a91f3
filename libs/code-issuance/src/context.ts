import type { Clock, IdSource, KeyBinding } from '@org/domain';
import type { Moment } from './enrolment/transition.js';
import type { PendingLimit } from './errors.js';
import type { KeyedHash } from './keyed-hash.js';
import type { AttemptLimits } from './limits/attempt-limits.js';
import type { RandomSource } from './random.js';
import type { CodeSettings } from './settings.js';
import type { CodeStore } from './store/code-store.js';

/** Told where something made room for a newcomer. */
export type OnDisplaced = (facts: {
  /** The limit that was reached, as in the details of `too_many_pending`. */
  readonly limit: PendingLimit;
  /** The network address of what is gone. */
  readonly origin: string;
}) => void;

/** What all use cases work with. */
export interface IssuanceContext {
  readonly store: CodeStore;
  readonly hash: KeyedHash;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly settings: CodeSettings;
  readonly limits: AttemptLimits;
  /** Whose leases this process's are. */
  readonly owner: string;
  readonly onDisplaced: OnDisplaced;
}

/** @param now by the store's time */
export function momentOf({ owner, settings }: IssuanceContext, binding: KeyBinding, now: number): Moment {
  // Enrolments of legacy devices outlive the switch that let them in.
  const terms = binding === 'ticket' ? (settings.legacy?.terms ?? settings.terms) : settings.terms;
  return { now, terms, owner, leaseMs: settings.leaseMs };
}
