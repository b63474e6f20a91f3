import { type Lease, LeaseKeeper } from '@org/domain';
import type { EnrolmentsOptions } from './context.js';
import { isCode } from './errors.js';

/** Of the approvals and redemptions that this process works on. */
export function enrolmentLeases({
  codes,
  clock,
  observer,
}: Pick<EnrolmentsOptions, 'codes' | 'clock' | 'observer'>): LeaseKeeper {
  const each = (leases: readonly Lease[], write: (lease: Lease) => Promise<void>) =>
    Promise.all(leases.map((lease) => unlessLost(write(lease))));
  return new LeaseKeeper({
    clock,
    leaseMs: codes.leaseMs,
    renew: async (leases) => {
      const renewed = await each(leases, (lease) => codes.renewLease(lease));
      return leases.filter((_, n) => renewed[n]);
    },
    end: (leases) => each(leases, (lease) => codes.endLease(lease)),
    onTrouble: (error) => observer?.trouble?.('lease renewal of enrolments', error),
  });
}

/** @returns false where the lease, or the whole enrolment, is gone */
const unlessLost = (writing: Promise<void>): Promise<boolean> =>
  writing.then(
    () => true,
    (error: unknown) => {
      if (isCode(error, 'lease_lost', 'enrolment_unknown')) return false;
      throw error;
    },
  );
