import type { Enrolment } from '@org/code-issuance';
import type { ApprovalResult } from '../approval/payload.js';
import type { EnrolmentContext } from '../context.js';
import { certificateRevoked } from '../errors.js';
import type { MachineRecord } from './machine-store.js';

/** Puts the machine of an enrolment on record; once, however often it is asked. @throws as `assertNotRevoked` */
export async function putOnRecord(
  { machines, issuer, clock }: EnrolmentContext,
  enrolment: Enrolment,
  made: ApprovalResult,
): Promise<void> {
  const machine = machineOf(enrolment, made, clock.now());
  if (await machines.insert(machine)) return;
  try {
    assertNotRevoked(await machines.find(machine.id));
  } catch (error) {
    await issuer.revokeMachine(machine.id, 'cessationOfOperation');
    throw error;
  }
}

/** @throws ProvisionError forbidden `certificate_revoked` */
export function assertNotRevoked(machine: MachineRecord | undefined): void {
  if (machine?.state === 'revoked') throw certificateRevoked();
}

const machineOf = (enrolment: Enrolment, made: ApprovalResult, now: number): MachineRecord => ({
  id: made.machineId,
  version: 1,
  domainId: enrolment.domainId!,
  name: made.name,
  state: 'active',
  device: enrolment.device,
  enrolmentId: enrolment.id,
  binding: enrolment.binding,
  approvedBy: enrolment.approval!.operator,
  enrolledAt: now,
  gateway: made.gateway && { ...made.gateway, configurationId: made.gateway.configurationId },
  lastSeenAt: undefined,
  lateRenewals: 0,
  reissue: undefined,
  revocation: undefined,
  removalDue: false,
});
