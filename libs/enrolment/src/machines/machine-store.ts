import type { DeviceFacts, KeyBinding, MachineState, Position, RevocationReason } from '@org/domain';

/** What a device's approval made on the platform: enough to remove it again. Ids only. */
export interface Gateway {
  /** The provisioning run that made it. */
  readonly runId: string;
  readonly externalId: string;
  readonly clientIds: readonly string[];
  readonly channelIds: readonly string[];
  readonly configurationId: string | undefined;
}

/** A device that has been enrolled. All times are milliseconds since 1970. */
export interface Machine {
  /** Common name of its certificates: the id of its gateway client or, without a platform, a UUID. */
  readonly id: string;
  readonly domainId: string;
  readonly name: string;
  readonly state: MachineState;
  /** What it said of itself when it began; not proven. */
  readonly device: DeviceFacts;
  readonly enrolmentId: string;
  /** How it enrolled: only those with `ticket`, which are legacy devices, may be re-issued without proof of a key. */
  readonly binding: KeyBinding;
  /** The operator. */
  readonly approvedBy: string;
  /** When it redeemed its code. */
  readonly enrolledAt: number;
  /** Undefined without a platform. */
  readonly gateway: Gateway | undefined;
  /** When it last showed a certificate. */
  readonly lastSeenAt: number | undefined;
  /** Renewals with an expired certificate since it last had a valid one. */
  readonly lateRenewals: number;
  /** An operator wants it to have a new certificate, and since when. */
  readonly reissue: { readonly by: string; readonly at: number } | undefined;
  readonly revocation:
    { readonly by: string; readonly at: number; readonly reason: RevocationReason } | undefined;
  /** It is revoked, and what its approval made on the platform is still to be removed. */
  readonly removalDue: boolean;
}

/** A machine as the store has it. */
export interface MachineRecord extends Machine {
  /** 1, 2, 3 …: one more with each change. */
  readonly version: number;
}

export interface MachineQuery {
  readonly domainId: string;
  /** Both when undefined. */
  readonly state?: Machine['state'];
  /** How many to pass over. */
  readonly offset: number;
  readonly limit: number;
  /** Only those behind it: `next` of the page before. */
  readonly after?: Position;
}

export interface MachinePage {
  /** How many the query finds without `after`; `COUNTED_AT_MOST` stands for that many or more. */
  readonly total: number;
  readonly records: readonly MachineRecord[];
  /** Present when there may be more. */
  readonly next?: Position;
}

/**
 * Machines on record. Each call is one transaction, durable when it resolves. `machineStoreContract` in
 * `@org/enrolment/testing` checks an implementation.
 */
export interface MachineStore {
  /** @returns false, and stores nothing, when there is a machine with this id */
  insert(record: MachineRecord): Promise<boolean>;
  /**
   * Writes `record` if version `record.version - 1` is stored.
   * @returns false when another change was faster, or the record is gone
   */
  replace(record: MachineRecord): Promise<boolean>;
  find(id: string): Promise<MachineRecord | undefined>;
  /** A domain's, latest first (by `enrolledAt`, then `id`). */
  list(query: MachineQuery): Promise<MachinePage>;
  /** Those with `removalDue`, longest revoked first. */
  removalDue(limit: number): Promise<MachineRecord[]>;
  /** For metrics; states that no machine has may be left out. */
  countByState(): Promise<Partial<Record<Machine['state'], number>>>;
}
