import type { DeviceFacts, EnrolmentState, KeyBinding, MachineState } from '@org/domain';
import type {
  Enrolment,
  EnrolmentsPage,
  Machine,
  MachineCertificate,
  MachineWithCertificates,
  MachinesPage,
} from './operator-types.js';

export interface WireEnrolment {
  readonly id: string;
  readonly state: EnrolmentState;
  readonly binding: KeyBinding;
  readonly key_fingerprint?: string;
  readonly device: DeviceFacts;
  readonly origin: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly domain_id?: string;
  readonly approved_by?: string;
  readonly approved_at?: string;
  readonly denied_by?: string;
  readonly redeem_by?: string;
  readonly redeemed_at?: string;
  readonly finished_at?: string;
  readonly machine_id?: string;
  readonly name?: string;
  readonly external_id?: string;
  readonly removal_due: boolean;
}

export interface WireMachine {
  readonly id: string;
  readonly domain_id: string;
  readonly name: string;
  readonly state: MachineState;
  readonly device: DeviceFacts;
  readonly enrolment_id: string;
  readonly binding: KeyBinding;
  readonly approved_by: string;
  readonly enrolled_at: string;
  readonly last_seen_at?: string;
  readonly late_renewals: number;
  readonly gateway?: {
    readonly run_id: string;
    readonly external_id: string;
    readonly client_ids: readonly string[];
    readonly channel_ids: readonly string[];
    readonly configuration_id?: string;
  };
  readonly reissue?: { readonly by: string; readonly at: string };
  readonly revocation?: { readonly by: string; readonly at: string; readonly reason: string };
  readonly removal_due: boolean;
  readonly certificates?: readonly WireMachineCertificate[];
}

interface WireMachineCertificate {
  readonly serial: string;
  readonly state: MachineCertificate['state'];
  readonly not_before: string;
  readonly not_after: string;
  readonly key_fingerprint: string;
  readonly used_at?: string;
  readonly revoked_at?: string;
  readonly revocation_reason?: string;
}

export type WireEnrolments = Omit<EnrolmentsPage, 'enrolments'> & {
  readonly enrolments: readonly WireEnrolment[];
};
export type WireMachines = Omit<MachinesPage, 'machines'> & { readonly machines: readonly WireMachine[] };

const date = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

export function enrolmentFromWire(partial: Partial<WireEnrolment>): Enrolment {
  const wire = partial as WireEnrolment;
  const { id, state, binding, device, origin, name } = wire;
  return {
    id,
    state,
    binding,
    keyFingerprint: wire.key_fingerprint,
    device,
    origin,
    createdAt: new Date(wire.created_at),
    expiresAt: new Date(wire.expires_at),
    domainId: wire.domain_id,
    approvedBy: wire.approved_by,
    approvedAt: date(wire.approved_at),
    deniedBy: wire.denied_by,
    redeemBy: date(wire.redeem_by),
    redeemedAt: date(wire.redeemed_at),
    finishedAt: date(wire.finished_at),
    machineId: wire.machine_id,
    name,
    externalId: wire.external_id,
    removalDue: wire.removal_due,
  };
}

export function machineFromWire(partial: Partial<WireMachine>): Machine {
  const wire = partial as WireMachine;
  const { id, name, state, device, binding, gateway, reissue, revocation } = wire;
  return {
    id,
    domainId: wire.domain_id,
    name,
    state,
    device,
    enrolmentId: wire.enrolment_id,
    binding,
    approvedBy: wire.approved_by,
    enrolledAt: new Date(wire.enrolled_at),
    lastSeenAt: date(wire.last_seen_at),
    lateRenewals: wire.late_renewals,
    gateway: gateway && {
      runId: gateway.run_id,
      externalId: gateway.external_id,
      clientIds: gateway.client_ids,
      channelIds: gateway.channel_ids,
      configurationId: gateway.configuration_id,
    },
    reissue: reissue && { by: reissue.by, at: new Date(reissue.at) },
    revocation: revocation && { ...revocation, at: new Date(revocation.at) },
    removalDue: wire.removal_due,
  };
}

export const machineWithCertificatesFromWire = (wire: Partial<WireMachine>): MachineWithCertificates => ({
  ...machineFromWire(wire),
  certificates: (wire.certificates ?? []).map((certificate) => ({
    serial: certificate.serial,
    state: certificate.state,
    notBefore: new Date(certificate.not_before),
    notAfter: new Date(certificate.not_after),
    keyFingerprint: certificate.key_fingerprint,
    usedAt: date(certificate.used_at),
    revokedAt: date(certificate.revoked_at),
    revocationReason: certificate.revocation_reason,
  })),
});

export function enrolmentsFromWire(partial: Partial<WireEnrolments>): EnrolmentsPage {
  const { enrolments, ...page } = partial as WireEnrolments;
  return { ...page, enrolments: enrolments.map(enrolmentFromWire) };
}

export function machinesFromWire(partial: Partial<WireMachines>): MachinesPage {
  const { machines, ...page } = partial as WireMachines;
  return { ...page, machines: machines.map(machineFromWire) };
}
