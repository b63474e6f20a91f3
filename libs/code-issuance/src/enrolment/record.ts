import type { DeviceFacts, EnrolmentState, KeyBinding, Secret } from '@org/domain';
import type { Pace } from './pace.js';
import { isFinal } from './state.js';

export interface Approval {
  readonly operator: string;
  /**
   * What the enrolment layer needs: while `approving`, to do the same work again after a crash; then, what it gave.
   * Opaque here, and sealed in the store.
   */
  readonly payload: Secret;
  /** When it began or, once complete, when that was. */
  readonly at: number;
}

/** An enrolment as its users see it. All times are milliseconds since 1970. */
export interface Enrolment {
  /** A UUID. */
  readonly id: string;
  readonly state: EnrolmentState;
  readonly binding: KeyBinding;
  /** SHA-256 of the SPKI, base64url; undefined until the first redemption where `binding` is `ticket`. */
  readonly keyFingerprint: string | undefined;
  readonly device: DeviceFacts;
  /** That its certificate request asked for when it asked for the code. */
  readonly commonName: string | undefined;
  /** The network address that asked for the code, as the server saw it. */
  readonly origin: string;
  readonly createdAt: number;
  /** Until when it must be approved. */
  readonly expiresAt: number;
  /** Whose it is, from the operator's approval or refusal on. */
  readonly domainId: string | undefined;
  readonly approval: Approval | undefined;
  readonly deniedBy: string | undefined;
  /** Until when it must be redeemed. */
  readonly redeemBy: number | undefined;
  readonly redeemedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /**
   * The approval had been carried out, in whole or in part, when the enrolment was denied or expired: what it made is
   * still to be removed.
   */
  readonly undoDue: boolean;
}

export interface Ticket {
  readonly hash: string;
  readonly expiresAt: number;
  /** The one key that it is good for: the first that came with it. */
  readonly keyFingerprint: string | undefined;
}

/** An enrolment as the store has it. */
export interface EnrolmentRecord extends Enrolment {
  /** As it was last written; `stateAt` says what it is by now. */
  readonly state: EnrolmentState;
  /** 1, 2, 3 …: one more with each change. */
  readonly version: number;
  readonly codeHash: string;
  /** Undefined where `binding` is `ticket`. */
  readonly pollingHash: string | undefined;
  /** `addressPath(origin)`, for limits. */
  readonly originPath: string;
  readonly pace: Pace;
  /** Who was last given a lease on the work that `approving` and `redeeming` stand for; undefined before the first. */
  readonly leaseOwner: string | undefined;
  /** One more with each lease. */
  readonly fencingToken: number;
  /** Until when no one else may have one. */
  readonly leaseUntil: number;
  /** The ticket that was given out last; no other is valid. */
  readonly ticket: Ticket | undefined;
  /** Claims by redemption so far. */
  readonly redemptions: number;
  /** The key that is to take the place of `keyFingerprint` when the redemption under way is complete. */
  readonly nextKeyFingerprint: string | undefined;
  /** Until when a legacy device may redeem once more with a new key. */
  readonly repeatUntil: number | undefined;
  /** What the device gets. Opaque here, and sealed in the store. */
  readonly outcome: Secret | undefined;
  /** When the sweep has to look at it: to expire it or, once final, to forget it. */
  readonly dueAt: number;
}

/** Without hashes, leases and outcome; in the state that it has at `now`. */
export function enrolmentOf(record: EnrolmentRecord, now: number): Enrolment {
  const { id, binding, keyFingerprint, device, commonName, origin, createdAt, expiresAt } = record;
  const { domainId, approval, deniedBy, redeemBy, redeemedAt, finishedAt, undoDue } = record;
  const asked = { id, binding, keyFingerprint, device, commonName, origin, createdAt, expiresAt };
  const decided = { domainId, approval, deniedBy, redeemBy, redeemedAt, finishedAt, undoDue };
  return { ...asked, ...decided, state: stateAt(record, now) };
}

/** The state by now: what is overdue counts as expired, whether or not the sweep has been there. */
export function stateAt({ state, dueAt }: EnrolmentRecord, now: number): EnrolmentState {
  return !isFinal(state) && dueAt <= now ? 'expired' : state;
}
