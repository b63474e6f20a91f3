import type { EnrolmentState } from '@org/domain';
import type { EnrolmentRecord } from '../enrolment/record.js';
import type { Pace } from '../enrolment/pace.js';
import type { Bucket } from '../limits/bucket.js';
import type { CapLevel, Caps } from '../limits/room.js';

export interface Admission {
  readonly now: number;
  /** Of enrolments in the states `pending` and `approving` that are not overdue at `now`. */
  readonly caps: Caps;
  /** Where that many of them wait, in all, the record gets this `codeHash` in place of its own. */
  readonly crowded?: { readonly from: number; readonly codeHash: string } | undefined;
}

export type Insertion =
  /** `displaced`: the one that made room, by `whoMakesRoom`. */
  | {
      readonly outcome: 'inserted';
      readonly codeHash: string;
      readonly displaced: Displaced | undefined;
    }
  /** An enrolment whose written state is not final has this `codeHash`. */
  | { readonly outcome: 'code_taken' }
  | { readonly outcome: 'full'; readonly level: CapLevel };

/** What had to make room for a newcomer, and is gone. */
export interface Displaced {
  /** The network address that it came from. */
  readonly origin: string;
  /** What was full. */
  readonly level: CapLevel;
}

export interface EnrolmentQuery {
  readonly domainId: string;
  /** As last written; every state when undefined. */
  readonly states?: readonly EnrolmentState[];
  readonly offset: number;
  readonly limit: number;
}

/** Which enrolments that wait are meant. */
export interface PendingQuery {
  readonly now: number;
  /** The beginning of their `originPath`; empty for all. */
  readonly network: string;
  readonly offset: number;
  readonly limit: number;
}

/** Someone asked about a code that devices make themselves. */
export interface Ask {
  readonly codeHash: string;
  readonly address: string;
  /** `addressPath(address)` */
  readonly addressPath: string;
  readonly at: number;
}

export interface AskAdmission {
  /** Older ones do not count, and may be forgotten. */
  readonly since: number;
  readonly caps: Caps;
}

export type Noting =
  | { readonly outcome: 'noted'; readonly displaced: Displaced | undefined }
  | { readonly outcome: 'full'; readonly level: CapLevel };

/** Enrolments. */
export interface EnrolmentStore {
  /** What time it is for all who share the store, in milliseconds since 1970: leases are decided by nothing else. */
  now(): Promise<number>;

  /**
   * Adds a record, in the place of those in the state `pending` that have its `keyFingerprint`, and which do not count.
   * Where it has no room, one that is `pending` is removed for it (see `fullNetwork` and `whoMakesRoom` in
   * `limits/room.ts`), or it is refused. All or nothing, and exactly: of many at once as many get in as there is room.
   */
  insert(record: EnrolmentRecord, admission: Admission): Promise<Insertion>;

  /**
   * The one way to change an enrolment: writes `record` if version `record.version - 1` is stored, all of it or nothing.
   * `pace` is left as it is.
   *
   * @returns false when another change was faster, or the record is gone
   */
  replace(record: EnrolmentRecord): Promise<boolean>;

  /** Writes the pace and nothing else; no change of version. */
  notePace(id: string, pace: Pace): Promise<void>;

  findById(id: string): Promise<EnrolmentRecord | undefined>;
  /** The latest with this code: ended ones stay on record. */
  findByCodeHash(codeHash: string): Promise<EnrolmentRecord | undefined>;
  findByPollingHash(pollingHash: string): Promise<EnrolmentRecord | undefined>;
  /** By the hash of its present ticket. */
  findByTicketHash(ticketHash: string): Promise<EnrolmentRecord | undefined>;

  /** A domain's, latest first (by `createdAt`, then `id`). */
  list(query: EnrolmentQuery): Promise<{
    readonly total: number;
    readonly records: readonly EnrolmentRecord[];
  }>;

  /** In the state `pending` and not overdue, latest first (by `createdAt`, then `id`). */
  listPending(query: PendingQuery): Promise<{
    readonly total: number;
    readonly records: readonly EnrolmentRecord[];
  }>;
  /** Removes those of them that have these ids (1000 at most), or come from this network. @returns how many */
  dropPending(which: { readonly ids: readonly string[] } | { readonly network: string }): Promise<number>;

  /** Those in no final state whose `dueAt` has come, longest overdue first. */
  due(now: number, limit: number): Promise<EnrolmentRecord[]>;
  /** In the state `approving` with a `leaseUntil` that has come, longest silent first. */
  stalledApprovals(now: number, limit: number): Promise<EnrolmentRecord[]>;
  /** Those with `undoDue`, longest finished first. */
  undoDue(limit: number): Promise<EnrolmentRecord[]>;
  /** Forgets those in a final state whose `dueAt` has come and that have nothing to undo. @returns how many */
  purge(now: number): Promise<number>;
  /** For metrics: how many there are in each written state that is not final; states that none has may be left out. */
  countByState(): Promise<Partial<Record<EnrolmentState, number>>>;
}

/** Attempts and who made good ones. */
export interface AttemptStore {
  /**
   * Takes one attempt from each bucket (see `take` in `limits/bucket.ts`), or from none.
   *
   * @returns the first bucket, in the order given, that is full; undefined when all let it through
   */
  takeAttempt(
    buckets: readonly Bucket[],
    now: number,
  ): Promise<{ readonly key: string; readonly retryAt: number } | undefined>;
  /** Takes `intervalMs` off each bucket's time. */
  giveAttemptBack(buckets: readonly Bucket[]): Promise<void>;
  /** Keeps the later of two times. */
  noteKnown(operatorHash: string, until: number): Promise<void>;
  isKnown(operatorHash: string, now: number): Promise<boolean>;
  /** Forgets buckets and operators whose time is over. */
  purgeAttempts(now: number): Promise<void>;
}

/** Who asked about which codes; one entry for a code and an address. */
export interface AskStore {
  /** Refreshes the entry, or adds it; where it has no room, as `insert`, the one that was asked about longest ago goes. */
  noteAsked(ask: Ask, admission: AskAdmission): Promise<Noting>;
  /** Those about a code from `since` on, in no particular order. */
  asksAbout(codeHash: string, since: number): Promise<Ask[]>;
  /** Forgets entries older than `since`. */
  purgeAsks(since: number): Promise<void>;
}

/**
 * What must be shared by all processes of a service. Each call is one transaction, durable when it resolves.
 * `codeStoreContract` in `@org/code-issuance/testing` checks an implementation.
 */
export interface CodeStore extends EnrolmentStore, AttemptStore, AskStore {}
