import type { Lease, Secret } from '@org/domain';
import type { Plan } from '../plan/plan.js';
import type { ProvisionResult } from '../saga/result.js';
import type { Leftover } from './leftover.js';

/**
 * Where a run is:
 * - `running`: under way, or its process died;
 * - `removing`: it failed, or was complete and is no longer wanted; what it made is being removed;
 * - `settling`: removed, but some call was never answered and might still land: looked at once more;
 * - `done`: complete; kept only while its idempotency key may be used again.
 */
export type RunState = 'running' | 'removing' | 'settling' | 'done';

export interface Idempotency {
  /** The caller's `Idempotency-Key`. */
  readonly key: string;
  /** The request's text; compared, never shown. */
  readonly body: string;
}

export interface NewRun {
  readonly plan: Plan;
  /** The caller's token; undefined when the service's own credentials do. Sealed, gone with the run. */
  readonly callerToken: Secret | undefined;
  readonly idempotency: Idempotency | undefined;
  /** Who runs it (one id per process). */
  readonly owner: string;
  readonly leaseMs: number;
}

/** What `begin` found. Decided in one transaction, so that of many at once one is `started`. */
export type BeginOutcome =
  | { readonly outcome: 'started'; readonly lease: Lease }
  /** Same key, same body, complete: the answer that was given. */
  | { readonly outcome: 'replay'; readonly result: ProvisionResult }
  /** Same key, other body. */
  | { readonly outcome: 'key_reused' }
  /** Same key and body, not finished yet. */
  | { readonly outcome: 'key_in_progress' }
  /** Another run is making this external id; which one is told within its domain only. */
  | { readonly outcome: 'external_id_busy'; readonly runId: string | undefined };

/** What is known of an idempotency key. */
export type Found =
  /** Never begun, or failed. */
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'in_progress' }
  | { readonly outcome: 'done'; readonly result: ProvisionResult };

/** A removal of what a completed run made; the plan says of which. */
export type NewRemoval = Omit<NewRun, 'idempotency'>;

export interface Run {
  readonly plan: Plan;
  readonly callerToken: Secret | undefined;
  /** Its id is the run's. */
  readonly lease: Lease;
  readonly state: RunState;
  /** Removals tried so far. */
  readonly attempts: number;
  /** What the last of them left. */
  readonly leftovers: readonly Leftover[];
  readonly hasIdempotencyKey: boolean;
}

/** A removal that has to go on later. */
export interface Postponed {
  readonly state: 'removing' | 'settling';
  readonly leftovers: readonly Leftover[];
  /** Milliseconds from now. */
  readonly delayMs: number;
  readonly attempts: number;
}

/** A run whose rest is still to be removed. */
export interface UnfinishedRemoval {
  readonly runId: string;
  readonly domainId: string;
  readonly externalId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly nextAttemptAt: number;
  readonly items: readonly Leftover[];
}

export interface Claim {
  readonly owner: string;
  readonly leaseMs: number;
  readonly limit: number;
}

/**
 * What must outlive the process: intents before the first call, and what is owed after a failure.
 * An empty journal means that nothing is owed. Writes are durable when their promise resolves. What time it is says the
 * journal, which all processes share, and never its caller. Writes that take a lease throw ProvisionError conflict
 * `lease_lost`, and change nothing, when someone else has claimed the run since.
 */
export interface RunJournal {
  begin(run: NewRun): Promise<BeginOutcome>;
  /** What became of the run that began with this key. */
  find(of: { readonly domainId: string; readonly key: string }): Promise<Found>;
  /** Whether what a run of the domain created for this external id is still being removed, or looked for. */
  isBeingRemoved(of: { readonly domainId: string; readonly externalId: string }): Promise<boolean>;
  /**
   * Writes a removal down as `removing`, or takes the one with this run id over, with the new caller's token, unless
   * someone's lease on it lasts. Of many at once one gets it, the others undefined. It does not wait for other runs
   * of the external id, nor they for it.
   */
  beginRemoval(removal: NewRemoval): Promise<Run | undefined>;
  /** The run is complete. Forgotten at once, or kept for replays for `keepMs` where it has an idempotency key. */
  complete(lease: Lease, kept: { readonly result: ProvisionResult; readonly keepMs: number }): Promise<void>;
  /** The run failed, and its removal is not finished. Ends the lease. */
  postpone(lease: Lease, postponed: Postponed): Promise<void>;
  /** Nothing is left of the run: forgotten. */
  forget(lease: Lease): Promise<void>;
  /**
   * Takes over runs whose process is gone and removals that are due; each goes to one claimer only. What may still be there
   * comes before second looks at what was removed, and older runs before newer ones.
   */
  claim(claim: Claim): Promise<Run[]>;
  /** Says that these runs are still being worked on. @returns those leases that are still their owner's */
  renew(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]>;
  /** Lets others claim these runs at once, as they are. Those that are another's by now, or over, are left alone. */
  end(leases: readonly Lease[]): Promise<void>;
  /** Removals with leftovers other than remnants, oldest first. */
  unfinished(query: { readonly domainId: string; readonly offset: number; readonly limit: number }): Promise<{
    readonly total: number;
    readonly runs: readonly UnfinishedRemoval[];
  }>;
  /** For metrics: runs not done by state, and leftovers over all. */
  counts(): Promise<{
    readonly running: number;
    readonly removing: number;
    readonly settling: number;
    readonly leftovers: number;
  }>;
  /** Forgets answers kept for replays whose time is over. */
  purge(): Promise<void>;
}
