import type { DeviceCredentials, Polled } from '@org/code-issuance';
import { readCsr } from '@org/pki';
import { machineIdOf } from './approval/payload.js';
import { assertKeyNotBlocked } from './certificates/blocked-key.js';
import type { EnrolmentContext } from './context.js';
import { toBase64url } from './key-fingerprint.js';
import type { BeginRequest, EnrolmentBegun, EnrolmentPolled } from './use-case-types.js';

/** The request proves the key, and is then forgotten: the device hands one in again when it redeems. */
export async function begin(
  context: EnrolmentContext,
  { csr, device, origin }: BeginRequest,
): Promise<EnrolmentBegun> {
  const { codes, clock, settings, csrRules, observer } = context;
  const request = readCsr(csr, csrRules);
  await assertKeyNotBlocked(context, request);
  const { keyFingerprint } = request;
  const begun = await codes.begin({ keyFingerprint: toBase64url(keyFingerprint), device, origin });
  observer.begun?.({ enrolmentId: begun.id, domainId: undefined, origin });
  const lifetimeMs = begun.expiresAt - clock.now();
  return { ...begun, keyFingerprint, lifetimeMs, verificationUrl: settings.verificationUrl };
}

export const poll = async ({ codes }: EnrolmentContext, credentials: DeviceCredentials) =>
  polledOf(await codes.poll(credentials));

export const stateOf = async ({ codes }: EnrolmentContext, credentials: DeviceCredentials) =>
  polledOf(await codes.watch(credentials));

function polledOf({ enrolment, ...polled }: Polled): EnrolmentPolled {
  const known = polled.state === 'approved' || polled.state === 'redeemed';
  return { ...polled, machineId: known ? machineIdOf(enrolment) : undefined };
}
