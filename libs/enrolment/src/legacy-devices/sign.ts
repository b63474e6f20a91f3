import { type Enrolment, ticketRefused } from '@org/code-issuance';
import type { CertificateRequest } from '@org/x509';
import { machineIdOf } from '../approval/payload.js';
import { credentialsOf } from '../certificates/credentials.js';
import { issueToMachine } from '../certificates/issue.js';
import { revokeOthers } from '../certificates/live.js';
import { readGrantable } from '../certificates/request.js';
import type { EnrolmentContext } from '../context.js';
import { csrNameMismatch, reissueRefused } from '../errors.js';
import { toBase64url } from '../key-fingerprint.js';
import { changeMachine } from '../machines/change.js';
import type { MachineRecord } from '../machines/machine-store.js';
import { redeemAs } from '../redeem.js';
import type { MachineCredentials, LegacyDeviceSignCall } from '../use-case-types.js';
import { legacyDevices } from './ask.js';

export async function sign(
  context: EnrolmentContext,
  call: LegacyDeviceSignCall,
): Promise<MachineCredentials> {
  const codes = legacyDevices(context);
  const { ticket, machineId, requestType, address } = call;
  if (requestType === 'ReIssue') return reissueUnproven(context, call);
  if (!ticket) throw ticketRefused();
  const request = await readRequest(context, call);
  const keyFingerprint = toBase64url(request.keyFingerprint);
  // The common name is the machine id that was asked for.
  const check = (enrolment: Enrolment) => {
    if (machineIdOf(enrolment) !== machineId) throw csrNameMismatch();
  };
  const redeem = () => codes.redeem({ ticket, keyFingerprint, address, check });
  return (await redeemAs(context, { request }, redeem)).credentials;
}

/**
 * Legacy devices make a new key for this and prove nothing, so it is accepted only after an operator has asked for it, for a
 * short while, and once: the second caller is refused, be it the device (whose answer was lost) or a thief. Either way
 * the operator has to ask again, and then everything given before is revoked.
 */
async function reissueUnproven(
  context: EnrolmentContext,
  call: LegacyDeviceSignCall,
): Promise<MachineCredentials> {
  const { machines, clock, settings, observer } = context;
  const { machineId } = call;
  const mayHave = (machine: MachineRecord | undefined): machine is MachineRecord =>
    machine?.state === 'active' &&
    machine.binding === 'ticket' &&
    machine.reissue !== undefined &&
    clock.now() < machine.reissue.at + settings.reissueWithinMs;
  if (!mayHave(await machines.find(machineId))) throw reissueRefused();
  const request = await readRequest(context, call);
  let asked: MachineRecord['reissue'];
  const { domainId } = await changeMachine(machines, machineId, (machine) => {
    if (!mayHave(machine)) throw reissueRefused();
    asked = machine.reissue;
    return { ...machine, reissue: undefined };
  });
  try {
    const issued = await issueToMachine(context, { request, machineId });
    await revokeOthers(context, { machineId, serial: issued.serial });
    observer.renewed?.({ machineId, domainId, serial: issued.serial, how: 'reissue' });
    return credentialsOf(context, machineId, issued);
  } catch (error) {
    // Nothing was given out: the device may try again, unless the operator has asked anew.
    await changeMachine(machines, machineId, (machine) =>
      machine.state === 'active' && !machine.reissue ? { ...machine, reissue: asked } : machine,
    ).catch(() => undefined);
    throw error;
  }
}

/** @throws ProvisionError invalid `csr_name_mismatch`, and as `readGrantable` */
async function readRequest(
  context: EnrolmentContext,
  { csr, machineId }: LegacyDeviceSignCall,
): Promise<CertificateRequest> {
  const request = await readGrantable(context, csr, { machineId, subject: 'must_match' });
  // Legacy devices always name the machine.
  if (request.commonName !== machineId) throw csrNameMismatch();
  return request;
}
