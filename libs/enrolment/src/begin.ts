import type { PollingCredentials, Polled } from '@org/code-issuance';
import { machineIdOf } from './approval/payload.js';
import { readGrantable } from './certificates/request.js';
import type { EnrolmentContext } from './context.js';
import { toBase64url } from './key-fingerprint.js';
import type { BeginRequest, EnrolmentBegun, EnrolmentPolled } from './use-case-types.js';

/**
 * The request proves the key, and has to be one that would be granted. The device hands one in again when it redeems, by
 * when it can know its machine id: a name with that in it cannot be asked for here, and any common name goes.
 */
export async function begin(
  context: EnrolmentContext,
  { csr, device, origin }: BeginRequest,
): Promise<EnrolmentBegun> {
  const { codes, clock, settings, observer } = context;
  const request = await readGrantable(context, csr, { machineId: undefined, subject: 'ignored' });
  const { keyFingerprint, commonName } = request;
  const begun = await codes.begin({
    keyFingerprint: toBase64url(keyFingerprint),
    device,
    ...(commonName !== undefined && { commonName }),
    origin,
  });
  observer.begun?.({ enrolmentId: begun.id, domainId: undefined, origin });
  const lifetimeMs = begun.expiresAt - clock.now();
  return { ...begun, keyFingerprint, lifetimeMs, verificationUrl: settings.verificationUrl };
}

export const poll = async ({ codes }: EnrolmentContext, credentials: PollingCredentials) =>
  polledOf(await codes.poll(credentials));

export const stateOf = async ({ codes }: EnrolmentContext, credentials: PollingCredentials) =>
  polledOf(await codes.watch(credentials));

function polledOf({ enrolment, ...polled }: Polled): EnrolmentPolled {
  const known = polled.state === 'approved' || polled.state === 'redeemed';
  return { ...polled, machineId: known ? machineIdOf(enrolment) : undefined };
}
