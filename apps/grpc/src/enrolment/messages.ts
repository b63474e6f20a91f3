import type { EnrolmentBegun, EnrolmentPolled, Identity, MachineCredentials } from '@org/enrolment';
import { certificatePem } from '@org/x509';
import { enrolmentV1 } from '@org/proto';

const { EnrolmentState } = enrolmentV1;

export const STATES: Record<EnrolmentPolled['state'], enrolmentV1.EnrolmentState> = {
  pending: EnrolmentState.ENROLMENT_STATE_PENDING,
  approved: EnrolmentState.ENROLMENT_STATE_APPROVED,
  redeemed: EnrolmentState.ENROLMENT_STATE_REDEEMED,
  denied: EnrolmentState.ENROLMENT_STATE_DENIED,
  expired: EnrolmentState.ENROLMENT_STATE_EXPIRED,
};

export function beginResponse(begun: EnrolmentBegun): enrolmentV1.BeginResponse {
  return {
    code: begun.code.reveal(),
    pollingSecret: begun.pollingSecret.reveal(),
    verificationUrl: begun.verificationUrl ?? '',
    lifetimeSeconds: Math.round(begun.lifetimeMs / 1000),
    intervalSeconds: wholeSeconds(begun.intervalMs),
    keyFingerprint: begun.keyFingerprint,
  };
}

export function pollResponse({ state, slowDown, intervalMs, machineId = '' }: EnrolmentPolled) {
  return { state: STATES[state], slowDown, intervalSeconds: wholeSeconds(intervalMs), machineId };
}

export function redeemResponse({ credentials, bootstrap }: Identity): enrolmentV1.RedeemResponse {
  return {
    credentials: credentialsMessage(credentials),
    bootstrap: bootstrap && {
      url: bootstrap.url,
      externalId: bootstrap.externalId,
      externalKey: bootstrap.externalKey.reveal(),
    },
  };
}

export function credentialsMessage(credentials: MachineCredentials): enrolmentV1.Credentials {
  return {
    machineId: credentials.machineId,
    certificate: certificatePem(credentials.certificate),
    caBundle: credentials.caBundle.map((der) => certificatePem(der)),
    root: certificatePem(credentials.root),
    renewAt: timestamp(credentials.renewAt),
  };
}

/** `google.protobuf.Timestamp` of milliseconds since 1970. */
export function timestamp(ms: number): { seconds: string; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.floor(ms - seconds * 1000) * 1_000_000 };
}

/** Rounded up, so that no device polls too early. */
const wholeSeconds = (ms: number): number => Math.ceil(ms / 1000);
