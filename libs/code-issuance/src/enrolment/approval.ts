import { type Lease, type Secret, leaseLost } from '@org/domain';
import {
  approvalInProgress,
  enrolmentDenied,
  enrolmentExpired,
  enrolmentRedeemed,
  enrolmentUnknown,
  redemptionInProgress,
} from '../errors.js';
import { granted, isHeldUnder } from './leasing.js';
import { type EnrolmentRecord, stateAt } from './record.js';
import { type Moment, after, changed } from './transition.js';

export interface HoldRequest {
  readonly domainId: string;
  /** Who approves; shown in lists. */
  readonly operator: string;
  readonly payload: Secret;
}

/**
 * Takes the enrolment, so that one approval is carried out at a time. Taken up again after a crash, it keeps the first
 * one's operator and payload: the same work is to be finished, and not other work begun beside it.
 *
 * @returns the record itself when it is approved already, in this domain
 * @throws ProvisionError when another domain has it, it is being approved, or it is denied or expired
 */
export function hold(record: EnrolmentRecord, request: HoldRequest, moment: Moment): EnrolmentRecord {
  const { now } = moment;
  const state = stateAt(record, now);
  if (state !== 'pending' && record.domainId !== request.domainId) throw hidden(record);
  const lease = granted(record, moment);
  if (state === 'pending') {
    const { domainId, operator, payload } = request;
    return after('hold', record, moment, { ...lease, domainId, approval: { operator, payload, at: now } });
  }
  if (state === 'approving') {
    assertIdle(record, now);
    return after('hold', record, moment, lease);
  }
  if (state === 'denied') throw enrolmentDenied();
  if (state === 'expired') throw enrolmentExpired();
  return record;
}

/** Ends a hold. @throws ProvisionError conflict `lease_lost` */
export function approve(
  record: EnrolmentRecord,
  { lease, payload }: { readonly lease: Lease; readonly payload: Secret },
  moment: Moment,
): EnrolmentRecord {
  if (isHeldUnder(record, lease) && record.state === 'approved') return record;
  assertHeld(record, lease);
  const redeemBy = moment.now + moment.terms.redeemWithinMs;
  const approval = { ...record.approval!, payload, at: moment.now };
  return after('approve', record, moment, { approval, redeemBy, leaseUntil: 0 });
}

/** Ends a hold that came to nothing. @throws ProvisionError conflict `lease_lost` */
export function release(record: EnrolmentRecord, lease: Lease, moment: Moment): EnrolmentRecord {
  assertHeld(record, lease);
  return after('release', record, moment, { leaseUntil: 0, domainId: undefined, approval: undefined });
}

/**
 * Refuses a device, or takes an approval back that the device has not used.
 *
 * @returns the record itself when it is denied already, in this domain
 */
export function deny(
  record: EnrolmentRecord,
  { domainId, operator }: { readonly domainId: string; readonly operator: string },
  moment: Moment,
): EnrolmentRecord {
  const state = stateAt(record, moment.now);
  if (state !== 'pending' && record.domainId !== domainId) throw hidden(record);
  if (state === 'expired') throw enrolmentExpired();
  if (state === 'denied') return record;
  if (state === 'redeemed') throw enrolmentRedeemed();
  if (state === 'approving') assertIdle(record, moment.now);
  // A certificate that is being made now would come too late to be revoked; one of an attempt that ended is found.
  if (state === 'redeeming' && record.leaseUntil > moment.now)
    throw redemptionInProgress(record.leaseUntil - moment.now);
  return after('deny', record, moment, {
    domainId,
    deniedBy: operator,
    undoDue: record.approval !== undefined,
  });
}

/** @returns the record itself unless it is overdue */
export function expire(record: EnrolmentRecord, moment: Moment): EnrolmentRecord {
  if (record.state === 'expired' || stateAt(record, moment.now) !== 'expired') return record;
  return after('expire', record, moment, { undoDue: record.approval !== undefined });
}

/** What the approval made is removed. @returns the record itself when there was nothing to remove */
export function undone(record: EnrolmentRecord, { terms }: Moment, payload?: Secret): EnrolmentRecord {
  if (!record.undoDue) return record;
  return changed(record, terms, { undoDue: false, ...withPayload(record, payload) });
}

/** The approval with another payload; as it is when there is none. */
export const withPayload = (
  { approval }: EnrolmentRecord,
  payload: Secret | undefined,
): Pick<EnrolmentRecord, 'approval'> => ({
  approval: approval && payload ? { ...approval, payload } : approval,
});

/** An enrolment that no one had approved is no one's when it expires; all others are hidden from other domains. */
const hidden = ({ domainId }: EnrolmentRecord) =>
  domainId === undefined ? enrolmentExpired() : enrolmentUnknown();

function assertIdle({ leaseUntil }: EnrolmentRecord, now: number): void {
  if (leaseUntil > now) throw approvalInProgress(leaseUntil - now);
}

function assertHeld(record: EnrolmentRecord, lease: Lease): void {
  if (record.state !== 'approving' || !isHeldUnder(record, lease)) throw leaseLost();
}
