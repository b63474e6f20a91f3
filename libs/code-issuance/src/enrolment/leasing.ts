import { type Lease, leaseLost } from '@org/domain';
import type { EnrolmentRecord } from './record.js';
import { type Moment, changed } from './transition.js';

/** The lease on the work that an enrolment's state stands for. What is given under another is not accepted. */
export const leaseOf = ({ id, leaseOwner, fencingToken }: EnrolmentRecord): Lease => ({
  id,
  owner: leaseOwner!,
  fencingToken,
});

/** Changes that give a lease out. */
export const granted = (
  { fencingToken }: EnrolmentRecord,
  { now, owner, leaseMs }: Moment,
): Pick<EnrolmentRecord, 'leaseOwner' | 'fencingToken' | 'leaseUntil'> => ({
  leaseOwner: owner,
  fencingToken: fencingToken + 1,
  leaseUntil: now + leaseMs,
});

export const isHeldUnder = (record: EnrolmentRecord, { owner, fencingToken }: Lease): boolean =>
  record.leaseOwner === owner && record.fencingToken === fencingToken;

/** Says that the work goes on. @throws ProvisionError conflict `lease_lost` */
export function renewLease(record: EnrolmentRecord, lease: Lease, moment: Moment): EnrolmentRecord {
  assertUnderWay(record, lease);
  return changed(record, moment.terms, { leaseUntil: moment.now + moment.leaseMs });
}

/** Lets anybody go on with the work at once, where it was left. @throws ProvisionError conflict `lease_lost` */
export function endLease(record: EnrolmentRecord, lease: Lease, { now, terms }: Moment): EnrolmentRecord {
  assertUnderWay(record, lease);
  return changed(record, terms, { leaseUntil: now });
}

function assertUnderWay(record: EnrolmentRecord, lease: Lease): void {
  const { state, nextKeyFingerprint } = record;
  const isUnderWay =
    state === 'approving' ||
    state === 'redeeming' ||
    (state === 'redeemed' && nextKeyFingerprint !== undefined);
  if (!isUnderWay || !isHeldUnder(record, lease)) throw leaseLost();
}
