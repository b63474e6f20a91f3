import type { Lease, Secret } from '@org/domain';
import { type IssuanceContext, momentOf } from './context.js';
import { type Changed, change } from './enrolment/change.js';
import { checkKeyFingerprint } from './enrolment/device-facts.js';
import { leaseOf } from './enrolment/leasing.js';
import { type Enrolment, type EnrolmentRecord, enrolmentOf } from './enrolment/record.js';
import { claimRedemption } from './enrolment/redemption.js';

/** What a redemption asks of its caller. */
export type Redemption =
  /** Issue a certificate for the key, then `recordOutcome`; or `endLease`, so that the device may try again at once. */
  | {
      readonly step: 'issue';
      readonly enrolment: Enrolment;
      readonly lease: Lease;
      /**
       * An earlier attempt ended in the middle: a certificate may have been made, for legacy devices perhaps for another key.
       * Look before making another.
       */
      readonly resumed: boolean;
      /** Legacy devices only: this key's certificate is to be revoked as soon as the new one is on record. */
      readonly previous: { readonly keyFingerprint: string; readonly outcome: Secret } | undefined;
    }
  /** Redeemed before: give this out again. */
  | { readonly step: 'done'; readonly enrolment: Enrolment; readonly outcome: Secret };

export async function redeem(
  context: IssuanceContext,
  keyFingerprint: string,
  find: () => Promise<EnrolmentRecord | undefined>,
): Promise<Redemption> {
  checkKeyFingerprint(keyFingerprint);
  const done = await change(context.store, find, (record, now) =>
    claimRedemption(record, keyFingerprint, momentOf(context, record.binding, now)),
  );
  return redemptionOf(done, context.clock.now());
}

function redemptionOf({ before, record }: Changed, now: number): Redemption {
  const enrolment = enrolmentOf(record, now);
  if (record.fencingToken === before.fencingToken)
    return { step: 'done', enrolment, outcome: record.outcome! };
  const { outcome, keyFingerprint } = record;
  return {
    step: 'issue',
    enrolment,
    lease: leaseOf(record),
    resumed: before.state === 'redeeming' || before.nextKeyFingerprint !== undefined,
    previous: outcome && { outcome, keyFingerprint: keyFingerprint! },
  };
}
