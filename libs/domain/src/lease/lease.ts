import type { Clock } from '../clock.js';
import { ProvisionError } from '../errors.js';

/**
 * The right to work on something, as a shared store has it. Every write under a lease names its owner and its fencing
 * token, and changes nothing when another process has claimed the lease since.
 */
export interface Lease {
  /** Of what it is: the id of a run, say, or of an enrolment. */
  readonly id: string;
  /** One id per process. */
  readonly owner: string;
  /** Grows with each claim, by any process. */
  readonly fencingToken: number;
}

/** The work is another process's now: what was done under the lost lease must neither go on nor be given out. */
export const leaseLost = (): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'lease_lost',
    message: 'another process has taken this work over',
  });

/**
 * The part of a lease that its holder leaves unused: two clocks run at different speeds, and a call is sent a little
 * later than it was checked.
 */
const MARGIN = 0.1;

interface LeaseTerm {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How long a lease lasts from when the store grants it. */
  readonly leaseMs: number;
}

/**
 * A lease as its holder knows it. The store grants it at some moment after it was asked for, so a deadline that counts
 * from the asking comes first; this process's own idea of the time of day plays no part.
 */
export class HeldLease {
  readonly lease: Lease;
  readonly #term: LeaseTerm;
  #deadline = 0;
  #lost = false;

  /** @param askedAt when it was asked for, by `clock.monotonic()` */
  constructor(lease: Lease, askedAt: number, term: LeaseTerm) {
    this.lease = lease;
    this.#term = term;
    this.renewed(askedAt);
  }

  get isHeld(): boolean {
    return !this.#lost && this.#term.clock.monotonic() < this.#deadline;
  }

  /** To be asked before each outbound call. @throws ProvisionError conflict `lease_lost` */
  assertHeld(): void {
    if (!this.isHeld) throw leaseLost();
  }

  /** @param askedAt as above */
  renewed(askedAt: number): void {
    this.#deadline = askedAt + this.#term.leaseMs * (1 - MARGIN);
  }

  /** The store says that it is another's. */
  lose(): void {
    this.#lost = true;
  }
}
