import { type Lease, leaseLost } from '@org/domain';
import { type RawBuilder, sql } from 'kysely';
import type { DatabaseTime } from '../time/database-time.js';

/** The columns of a table whose rows are worked on under leases. */
export interface LeaseColumns {
  owner: string | null;
  fencing_token: number;
  /** 0 where no one holds one. */
  lease_until: number;
}

/** Of a row that no one works on. */
export const NO_LEASE = { owner: null, lease_until: 0 } as const;

export interface LeaseClaim {
  readonly owner: string;
  readonly leaseMs: number;
}

/** Leases in one table, decided by the database's clock in the statement that grants them. */
export class Leases {
  constructor(
    private readonly table: string,
    private readonly now: DatabaseTime,
  ) {}

  /**
   * Values of a row that is inserted with a lease. Its token is the time: should the row have been there before and be gone,
   * it is still greater than any that was given for it.
   */
  first({ owner, leaseMs }: LeaseClaim) {
    return { owner, lease_until: this.in(leaseMs), fencing_token: this.now() };
  }

  /** Changes of a row whose lease is over. */
  claimed({ owner, leaseMs }: LeaseClaim) {
    const token = sql.ref<number>(`${this.table}.fencing_token`);
    return { owner, lease_until: this.in(leaseMs), fencing_token: sql<number>`${token} + 1` };
  }

  /** So many milliseconds from now. */
  in(ms: number): RawBuilder<number> {
    return sql<number>`${this.now()} + ${ms}`;
  }

  /** Whether anybody may claim it. */
  isOver(): RawBuilder<boolean> {
    return sql<boolean>`${sql.ref(`${this.table}.lease_until`)} <= ${this.now()}`;
  }
}

/** Whether this lease is still its owner's; over or not, no one else can have written since. */
export const isOf = ({ owner, fencingToken }: Lease): RawBuilder<boolean> =>
  sql<boolean>`owner = ${owner} and fencing_token = ${fencingToken}`;

/** @throws ProvisionError conflict `lease_lost` unless a write under a lease has changed its one row */
export function expectOne(rows: bigint): void {
  if (rows !== 1n) throw leaseLost();
}
