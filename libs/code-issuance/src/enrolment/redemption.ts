import { type Lease, type Secret, leaseLost } from '@org/domain';
import {
  enrolmentDenied,
  enrolmentExpired,
  enrolmentPending,
  keyMismatch,
  redemptionInProgress,
  ticketRefused,
} from '../errors.js';
import { withPayload } from './approval.js';
import { granted, isHeldUnder } from './leasing.js';
import { type EnrolmentRecord, type Ticket, stateAt } from './record.js';
import type { Terms } from '../settings.js';
import { type Moment, after, changed } from './transition.js';

/**
 * Takes the redemption, so that one certificate is made at a time and for one key.
 *
 * @returns with the same fencing token when this key has redeemed already: its outcome is to be given again
 * @throws ProvisionError when the enrolment is not approved, belongs to another key, or is being redeemed
 */
export function claimRedemption(
  record: EnrolmentRecord,
  keyFingerprint: string,
  moment: Moment,
): EnrolmentRecord {
  const { now } = moment;
  const state = stateAt(record, now);
  if (state === 'pending' || state === 'approving') throw enrolmentPending(record.pace.intervalMs);
  if (state === 'denied') throw enrolmentDenied();
  if (state === 'expired') throw enrolmentExpired();
  if (record.binding === 'key' && record.keyFingerprint !== keyFingerprint) throw keyMismatch();
  if (state === 'redeemed') return claimAgain(record, keyFingerprint, moment);
  return claim(record, keyFingerprint, moment);
}

/** After the first redemption, the key may only change where it came with a ticket, and for a short while. */
function claimAgain(record: EnrolmentRecord, keyFingerprint: string, moment: Moment): EnrolmentRecord {
  if (record.keyFingerprint === keyFingerprint) return withTicketUsed(record, keyFingerprint, moment.terms);
  if (moment.now >= record.repeatUntil!) throw keyMismatch();
  return claim(record, keyFingerprint, moment);
}

function claim(record: EnrolmentRecord, keyFingerprint: string, moment: Moment): EnrolmentRecord {
  const { now, terms } = moment;
  if (record.leaseUntil > now) throw redemptionInProgress(record.leaseUntil - now);
  if (record.redemptions >= terms.maxRedemptions) throw ticketRefused();
  return after('claim', record, moment, {
    ...(record.state === 'redeemed' ? { nextKeyFingerprint: keyFingerprint } : { keyFingerprint }),
    ticket: usedBy(keyFingerprint, record),
    ...granted(record, moment),
    redemptions: record.redemptions + 1,
  });
}

/** A ticket is used up by the key that comes with it first: no one who saw it can come with another. */
const usedBy = (keyFingerprint: string, { ticket }: EnrolmentRecord): Ticket | undefined =>
  ticket && { ...ticket, keyFingerprint };

function withTicketUsed(record: EnrolmentRecord, keyFingerprint: string, terms: Terms): EnrolmentRecord {
  if (!record.ticket || record.ticket.keyFingerprint === keyFingerprint) return record;
  return changed(record, terms, { ticket: usedBy(keyFingerprint, record) });
}

/**
 * Puts on record what the device gets; repeating it changes nothing.
 *
 * @throws ProvisionError conflict `lease_lost`: another process has taken over, or the enrolment has expired
 */
export function complete(
  record: EnrolmentRecord,
  { lease, outcome, payload }: { readonly lease: Lease; readonly outcome: Secret; readonly payload?: Secret },
  moment: Moment,
): EnrolmentRecord {
  const { state, nextKeyFingerprint } = record;
  const mayComplete = state === 'redeeming' || state === 'redeemed';
  if (!mayComplete || !isHeldUnder(record, lease)) throw leaseLost();
  if (state === 'redeemed' && !nextKeyFingerprint) return record;
  const first = {
    redeemedAt: moment.now,
    repeatUntil: moment.now + moment.terms.repeatWithinMs,
  };
  return after('complete', record, moment, {
    ...(state === 'redeeming' && first),
    ...withPayload(record, payload),
    outcome,
    keyFingerprint: nextKeyFingerprint ?? record.keyFingerprint,
    nextKeyFingerprint: undefined,
    leaseUntil: 0,
  });
}

/** Whether a ticket may be given out: the first, or another after a lost response. */
export function mayHaveTicket(record: EnrolmentRecord, now: number): boolean {
  const state = stateAt(record, now);
  if (state === 'redeemed') return now < record.repeatUntil!;
  return state === 'approved' || state === 'redeeming';
}
