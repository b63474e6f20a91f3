import type { CodeIssuance, PollingCredentials, PendingPage } from '@org/code-issuance';
import type { Secret } from '@org/domain';
import { approve, deny } from './approval/approve.js';
import { begin, poll, stateOf } from './begin.js';
import type { EnrolmentContext, EnrolmentsOptions } from './context.js';
import { enrolmentLeases } from './leases.js';
import { findMachine, listMachines } from './machines/list.js';
import type { Machine, MachinePage, MachineQuery, MachineStore } from './machines/machine-store.js';
import { reissue } from './machines/reissue.js';
import { revoke } from './machines/revoke.js';
import { ask, legacyDevices } from './legacy-devices/ask.js';
import { sign } from './legacy-devices/sign.js';
import { redeem } from './redeem.js';
import { checkIn, deprovision } from './renewal/check-in.js';
import { renew } from './renewal/renew.js';
import { trustAnchors } from './trust-anchors.js';
import { Upkeep } from './upkeep.js';
import type {
  ApproveCall,
  BeginRequest,
  DropPendingCall,
  EnrolmentBegun,
  EnrolmentPolled,
  EnrolmentView,
  Identity,
  LookUpCall,
  MachineCredentials,
  MachineProof,
  LegacyDeviceAnswer,
  LegacyDeviceSignCall,
  RedeemCall,
  RenewCall,
  RevokeCall,
  EnrolmentRef,
} from './use-case-types.js';
import { dropPending, find, list, listPending, lookUp } from './view.js';

/**
 * From a code and a certificate request to an identity, and what follows: renewal, re-issue, revocation. Keeps no state
 * of its own; any number of processes may share the stores.
 */
export class Enrolments {
  readonly #context: EnrolmentContext;
  readonly #upkeep: Upkeep;

  constructor(options: EnrolmentsOptions) {
    const { csrRules = {}, observer = {}, upkeepEveryMs = 5_000 } = options;
    this.#context = {
      ...options,
      csrRules,
      observer,
      upkeepEveryMs,
      leases: enrolmentLeases({ ...options, observer }),
    };
    this.#upkeep = new Upkeep(this.#context);
  }

  /** Takes up what crashed processes left, expires what is overdue, until `close`. */
  start(): void {
    this.#upkeep.start();
  }
  /** Waits for the upkeep that is under way; to be called before the provisioner and the stores are closed. */
  async close(): Promise<void> {
    await this.#upkeep.close();
  }

  // ---- devices

  /**
   * Refuses a request that would be refused in the end.
   *
   * @throws ProvisionError invalid (the CSR: see `readCsr` and `Issuer.check`; `csr_key_blocked`);
   *   `enrolment_request_invalid`; unavailable `too_many_pending`
   */
  async begin(request: BeginRequest): Promise<EnrolmentBegun> {
    return begin(this.#context, request);
  }
  /** @throws ProvisionError not_found `enrolment_unknown` */
  async poll(credentials: PollingCredentials): Promise<EnrolmentPolled> {
    return poll(this.#context, credentials);
  }
  /** The state without counting as a poll, for a server that watches on a device's behalf (`Await`). */
  async stateOf(credentials: PollingCredentials): Promise<EnrolmentPolled> {
    return stateOf(this.#context, credentials);
  }
  /** Errors as `CodeIssuance.redeem`, and invalid for the CSR. */
  async redeem(call: RedeemCall): Promise<Identity> {
    return redeem(this.#context, call);
  }
  /**
   * @throws ProvisionError unauthenticated `proof_invalid`; forbidden `certificate_revoked`, `certificate_expired`,
   *   `certificate_unknown`, `certificate_not_recorded`; unavailable `too_many_renewals`; invalid (the CSR)
   */
  async renew(call: RenewCall): Promise<MachineCredentials> {
    return renew(this.#context, call);
  }
  /** Times are milliseconds since 1970. @throws ProvisionError as `renew` for the proof */
  async checkIn(proof: MachineProof): Promise<{
    readonly machineId: string;
    readonly serverTime: number;
    readonly renewAt: number;
  }> {
    return checkIn(this.#context, proof);
  }
  /** A machine gives its identity up. @throws ProvisionError as `renew` for the proof */
  async deprovision(proof: MachineProof): Promise<Machine> {
    return deprovision(this.#context, proof);
  }
  /** DER, roots first. */
  trustAnchors(): readonly Buffer[] {
    return trustAnchors(this.#context);
  }

  // ---- legacy devices (mecha-agent's wire)

  /** Whether codes that devices make are accepted. */
  get acceptsLegacyDevices(): boolean {
    return this.#context.codes.legacy !== undefined;
  }
  /** @throws ProvisionError forbidden `legacy_devices_off`; unavailable `too_many_attempts`, `too_many_pending` */
  async generateCode(asker: { readonly address: string }): Promise<Secret> {
    return legacyDevices(this.#context).generate(asker);
  }
  /** @throws ProvisionError as `generateCode`; invalid `code_malformed` */
  async ask(question: { readonly code: Secret; readonly address: string }): Promise<LegacyDeviceAnswer> {
    return ask(this.#context, question);
  }
  /** As `ask`, for who does not sign: gives no ticket, so that the device's own stays good. */
  async watchCode(question: {
    readonly code: Secret;
    readonly address: string;
  }): Promise<LegacyDeviceAnswer['state']> {
    return legacyDevices(this.#context).watch(question);
  }
  /** @throws ProvisionError forbidden `ticket_refused`, `reissue_refused`, `legacy_devices_off`; invalid (the CSR, also `csr_key_blocked`) */
  async sign(call: LegacyDeviceSignCall): Promise<MachineCredentials> {
    return sign(this.#context, call);
  }

  // ---- operators (the caller has checked that they may act for the domain)

  /** Errors as `CodeIssuance.lookUp`. */
  async lookUp(call: LookUpCall): Promise<EnrolmentView> {
    return lookUp(this.#context, call);
  }
  /** Pending ones are shown to callers who know the id; others only in their domain. @throws not_found `enrolment_unknown` */
  async find(subject: Omit<EnrolmentRef, 'operator'>): Promise<EnrolmentView> {
    return find(this.#context, subject);
  }
  async list(query: {
    readonly domainId: string;
    readonly states?: readonly EnrolmentView['state'][];
    readonly offset: number;
    readonly limit: number;
  }): Promise<{ readonly total: number; readonly enrolments: readonly EnrolmentView[] }> {
    return list(this.#context, query);
  }
  /**
   * Those that wait for approval, latest first. They belong to no domain: for who may see all of the installation.
   *
   * @throws ProvisionError invalid `enrolment_request_invalid` (`origin`)
   */
  async listPending(
    page: PendingPage,
  ): Promise<{ readonly total: number; readonly enrolments: readonly EnrolmentView[] }> {
    return listPending(this.#context, page);
  }
  /** Ends the wait of some, as if they had never begun. @returns how many @throws as `listPending` */
  async dropPending(call: DropPendingCall): Promise<number> {
    return dropPending(this.#context, call);
  }
  /**
   * Provisions the device's gateway where a platform is configured. Repeated after a lost response it goes on where it was.
   *
   * @throws ProvisionError as `CodeIssuance.holdApproval` and `Provisioner.provision`; invalid `layout_unknown`
   */
  async approve(call: ApproveCall): Promise<EnrolmentView> {
    return approve(this.#context, call);
  }
  /** Errors as `CodeIssuance.deny`, and forbidden `may_not_remove`. */
  async deny(subject: EnrolmentRef): Promise<EnrolmentView> {
    return deny(this.#context, subject);
  }
  async listMachines(
    query: MachineQuery,
  ): Promise<Omit<MachinePage, 'records'> & { readonly machines: readonly Machine[] }> {
    return listMachines(this.#context, query);
  }
  /** @throws ProvisionError not_found `machine_unknown` */
  async findMachine(subject: Omit<EnrolmentRef, 'operator'>): Promise<Machine> {
    return findMachine(this.#context, subject);
  }
  /** Revokes all its certificates. May be repeated. @throws ProvisionError not_found `machine_unknown`; forbidden `may_not_remove` */
  async revoke(call: RevokeCall): Promise<Machine> {
    return revoke(this.#context, call);
  }
  /**
   * Asks it to get a new certificate.
   *
   * @throws ProvisionError not_found `machine_unknown`; forbidden `may_not_remove`; conflict `machine_revoked`
   */
  async reissue(subject: EnrolmentRef): Promise<Machine> {
    return reissue(this.#context, subject);
  }
  /** For metrics: of those that have not ended. */
  countEnrolments(): ReturnType<CodeIssuance['countByState']> {
    return this.#context.codes.countByState();
  }
  /** For metrics: of all, so that it takes the longer the more there are. */
  countMachines(): ReturnType<MachineStore['countByState']> {
    return this.#context.machines.countByState();
  }
}
