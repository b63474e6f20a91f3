import type { Secret } from '@org/domain';
import {
  claimLost,
  enrolmentDenied,
  enrolmentExpired,
  enrolmentPending,
  keyMismatch,
  redemptionInProgress,
  ticketRefused,
} from '../errors.js';
import { withPayload } from './approval.js';
import { type EnrolmentRecord, type Ticket, stateAt } from './record.js';
import type { Terms } from '../settings.js';
import { type Moment, after, changed } from './transition.js';

/**
 * Takes the redemption, so that one certificate is made at a time and for one key.
 *
 * @returns with the same claim when this key has redeemed already: its outcome is to be given again
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
    claim: record.claim + 1,
    leaseUntil: now + terms.redemptionLeaseMs,
    redemptions: record.redemptions + 1,
  });
}

/** A ticket is used up by the key that comes with it first: nobody who saw it can come with another. */
const usedBy = (keyFingerprint: string, { ticket }: EnrolmentRecord): Ticket | undefined =>
  ticket && { ...ticket, keyFingerprint };

function withTicketUsed(record: EnrolmentRecord, keyFingerprint: string, terms: Terms): EnrolmentRecord {
  if (!record.ticket || record.ticket.keyFingerprint === keyFingerprint) return record;
  return changed(record, terms, { ticket: usedBy(keyFingerprint, record) });
}

/**
 * Puts on record what the device gets; repeating it changes nothing.
 *
 * @throws ProvisionError conflict `claim_lost`: another process has taken over, or the enrolment has expired
 */
export function complete(
  record: EnrolmentRecord,
  {
    claim,
    outcome,
    payload,
  }: { readonly claim: number; readonly outcome: Secret; readonly payload?: Secret },
  moment: Moment,
): EnrolmentRecord {
  const { state, nextKeyFingerprint } = record;
  if (record.claim !== claim || (state !== 'redeeming' && state !== 'redeemed')) throw claimLost();
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

/** Ends a claim that failed, so that the device need not wait for the lease. @throws ProvisionError `claim_lost` */
export function giveUp(record: EnrolmentRecord, claim: number, { now, terms }: Moment): EnrolmentRecord {
  if (record.claim !== claim || !isUnderWay(record)) throw claimLost();
  return changed(record, terms, { leaseUntil: now });
}

/** Says that the work under a claim goes on. @throws ProvisionError `claim_lost` */
export function extend(record: EnrolmentRecord, claim: number, { now, terms }: Moment): EnrolmentRecord {
  if (record.claim !== claim || !(record.state === 'approving' || isUnderWay(record))) throw claimLost();
  const leaseMs = record.state === 'approving' ? terms.approvalLeaseMs : terms.redemptionLeaseMs;
  return changed(record, terms, { leaseUntil: now + leaseMs });
}

const isUnderWay = ({ state, nextKeyFingerprint }: EnrolmentRecord): boolean =>
  state === 'redeeming' || (state === 'redeemed' && nextKeyFingerprint !== undefined);

/** Whether a ticket may be given out: the first, or another after a lost answer. */
export function mayHaveTicket(record: EnrolmentRecord, now: number): boolean {
  const state = stateAt(record, now);
  if (state === 'redeemed') return now < record.repeatUntil!;
  return state === 'approved' || state === 'redeeming';
}
