import type { Issued, Poll } from '@org/device';
import { ProvisionError, Secret } from '@org/domain';
import { enrolmentV1 } from '@org/proto';

const { EnrolmentState } = enrolmentV1;

/** @throws ProvisionError `ambiguous` (`unreadable_answer`) */
export function pollOf({ state, slowDown, intervalSeconds, machineId }: enrolmentV1.PollResponse): Poll {
  switch (state) {
    case EnrolmentState.ENROLMENT_STATE_PENDING:
      return {
        state: 'pending',
        ...((slowDown || intervalSeconds > 0) && { intervalMs: intervalSeconds * 1000 }),
      };
    case EnrolmentState.ENROLMENT_STATE_APPROVED:
    // The answer to an earlier redemption was lost: the same key gets it again.
    case EnrolmentState.ENROLMENT_STATE_REDEEMED:
      return { state: 'approved', grant: { machineId: machineId || undefined } };
    case EnrolmentState.ENROLMENT_STATE_DENIED:
      return { state: 'denied' };
    case EnrolmentState.ENROLMENT_STATE_EXPIRED:
      return { state: 'expired' };
    default:
      throw unreadable();
  }
}

/** @throws ProvisionError `ambiguous` (`unreadable_answer`) */
export function issuedOf(
  credentials: enrolmentV1.Credentials | undefined,
  bootstrap?: enrolmentV1.Bootstrap,
): Issued {
  if (!credentials?.certificate || !credentials.root) throw unreadable();
  const { certificate, caBundle, root, renewAt } = credentials;
  return {
    certificate,
    caBundle,
    root,
    renewAt: timeOf(renewAt),
    ...(bootstrap?.url && {
      bootstrap: {
        baseUrl: bootstrap.url.replace(/\/+$/, ''),
        externalId: bootstrap.externalId,
        externalKey: new Secret(bootstrap.externalKey),
      },
    }),
  };
}

/** Milliseconds since 1970. */
export const timeOf = (
  time: { readonly seconds: string; readonly nanos: number } | undefined,
): number | undefined => time && Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);

const unreadable = (): ProvisionError =>
  new ProvisionError({
    kind: 'ambiguous',
    code: 'unreadable_answer',
    message: 'The provisioning server sent an answer that lacks what it must have.',
  });
