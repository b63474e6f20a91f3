import type { CodeIssuance, DeviceCredentials } from '@org/code-issuance';
import type { Clock, IdSource, Secret } from '@org/domain';
import type { CertificateStore, Issuer, ServedCertificates } from '@org/pki';
import type { Provisioner } from '@org/provisioning';
import type { Machine, MachineQuery, MachineStore } from './machines/machine-store.js';
import type {
  ApproveCall,
  BeginRequest,
  EnrolmentBegun,
  EnrolmentPolled,
  EnrolmentView,
  Identity,
  LookUpCall,
  MachineCredentials,
  MachineProof,
  OldDeviceAnswer,
  OldDeviceSignCall,
  RedeemCall,
  RenewCall,
  RevokeCall,
  Subject,
} from './use-case-types.js';

/** SKELETON: signatures agreed between those who build the pieces; the bodies are being written. */
const toBeWritten = (): never => {
  throw new Error('being written');
};

export interface EnrolmentSettings {
  /** Where a person types a code in; shown by devices. */
  readonly verificationUrl: string | undefined;
  /** Of the bootstrap service as devices reach it. */
  readonly bootstrapUrl: string;
  /** How long after its end a certificate may still be renewed: 7 days. */
  readonly renewAfterExpiryMs: number;
  /** How often it may be then: 3 times. */
  readonly maxLateRenewals: number;
  /** Renewals of a machine: 20 a day. */
  readonly maxRenewalsPerDay: number;
  /** How long after an operator's request an old device may send `ReIssue`: 10 minutes. */
  readonly reissueWithinMs: number;
}

export interface EnrolmentsOptions {
  readonly codes: CodeIssuance;
  readonly machines: MachineStore;
  readonly issuer: Issuer;
  readonly certificates: CertificateStore;
  readonly served: () => ServedCertificates;
  /** Undefined: no platform; machines get a UUID. */
  readonly provisioner: Provisioner | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly settings: EnrolmentSettings;
}

/**
 * From a code and a certificate request to an identity, and what follows: renewal, re-issue, revocation. Keeps no state
 * of its own; any number of processes may share the stores.
 */
export class Enrolments {
  constructor(readonly options: EnrolmentsOptions) {}

  /** Takes up what crashed processes left, expires what is overdue, until `close`. */
  start(): void {
    toBeWritten();
  }
  async close(): Promise<void> {
    toBeWritten();
  }

  // ---- devices

  /** @throws ProvisionError invalid (the CSR: see `readCsr`); `enrolment_request_invalid`; unavailable `too_many_pending` */
  async begin(_request: BeginRequest): Promise<EnrolmentBegun> {
    return toBeWritten();
  }
  /** @throws ProvisionError not_found `enrolment_unknown` */
  async poll(_credentials: DeviceCredentials): Promise<EnrolmentPolled> {
    return toBeWritten();
  }
  /** The state without counting as a poll, for a server that watches on a device's behalf (`Await`). */
  async stateOf(_credentials: DeviceCredentials): Promise<EnrolmentPolled> {
    return toBeWritten();
  }
  /** Errors as `CodeIssuance.redeem`, and invalid for the CSR. */
  async redeem(_call: RedeemCall): Promise<Identity> {
    return toBeWritten();
  }
  /**
   * @throws ProvisionError unauthenticated `proof_invalid`; forbidden `certificate_revoked`, `certificate_expired`,
   *   `certificate_unknown`; unavailable `too_many_renewals`; invalid (the CSR)
   */
  async renew(_call: RenewCall): Promise<MachineCredentials> {
    return toBeWritten();
  }
  /** @throws ProvisionError as `renew` for the proof */
  async checkIn(_proof: MachineProof): Promise<{ readonly machineId: string; readonly renewAt: number }> {
    return toBeWritten();
  }
  /** A machine gives its identity up. @throws ProvisionError as `renew` for the proof */
  async deprovision(_proof: MachineProof): Promise<Machine> {
    return toBeWritten();
  }
  /** DER, roots first. */
  trustAnchors(): readonly Buffer[] {
    return toBeWritten();
  }

  // ---- old devices (mecha-agent's wire)

  /** Whether codes that devices make are accepted. */
  get acceptsOldDevices(): boolean {
    return toBeWritten();
  }
  /** @throws ProvisionError forbidden `old_devices_off`; unavailable `too_many_attempts`, `too_many_pending` */
  async generateCode(_asker: { readonly address: string }): Promise<Secret> {
    return toBeWritten();
  }
  /** @throws ProvisionError as `generateCode`; invalid `code_malformed` */
  async ask(_question: { readonly code: Secret; readonly address: string }): Promise<OldDeviceAnswer> {
    return toBeWritten();
  }
  /** @throws ProvisionError forbidden `ticket_refused`, `reissue_refused`, `old_devices_off`; invalid (the CSR) */
  async sign(_call: OldDeviceSignCall): Promise<MachineCredentials> {
    return toBeWritten();
  }

  // ---- operators (the caller has checked that they may act for the domain)

  /** Errors as `CodeIssuance.lookUp`. */
  async lookUp(_call: LookUpCall): Promise<EnrolmentView> {
    return toBeWritten();
  }
  /** Pending ones are shown to whoever knows the id; others only in their domain. @throws not_found `enrolment_unknown` */
  async find(_subject: Omit<Subject, 'operator'>): Promise<EnrolmentView> {
    return toBeWritten();
  }
  async list(_query: {
    readonly domainId: string;
    readonly states?: readonly EnrolmentView['state'][];
    readonly offset: number;
    readonly limit: number;
  }): Promise<{ readonly total: number; readonly enrolments: readonly EnrolmentView[] }> {
    return toBeWritten();
  }
  /**
   * Provisions the device's gateway where a platform is configured. Repeated after a lost answer it goes on where it was.
   *
   * @throws ProvisionError as `CodeIssuance.holdApproval` and `Provisioner.provision`; invalid `layout_unknown`
   */
  async approve(_call: ApproveCall): Promise<EnrolmentView> {
    return toBeWritten();
  }
  /** Errors as `CodeIssuance.deny`. */
  async deny(_subject: Subject): Promise<EnrolmentView> {
    return toBeWritten();
  }
  async listMachines(
    _query: MachineQuery,
  ): Promise<{ readonly total: number; readonly machines: readonly Machine[] }> {
    return toBeWritten();
  }
  /** @throws ProvisionError not_found `machine_unknown` */
  async findMachine(_subject: Omit<Subject, 'operator'>): Promise<Machine> {
    return toBeWritten();
  }
  /** Revokes all its certificates. May be repeated. @throws ProvisionError not_found `machine_unknown` */
  async revoke(_call: RevokeCall): Promise<Machine> {
    return toBeWritten();
  }
  /** Asks it to get a new certificate. @throws ProvisionError not_found `machine_unknown`; conflict `machine_revoked` */
  async reissue(_subject: Subject): Promise<Machine> {
    return toBeWritten();
  }
  /** For metrics. */
  async counts(): Promise<{
    readonly enrolments: Awaited<ReturnType<CodeIssuance['countByState']>>;
    readonly machines: Awaited<ReturnType<MachineStore['countByState']>>;
  }> {
    return toBeWritten();
  }
}

