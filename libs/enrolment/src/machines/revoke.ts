import type { RevocationReason } from '@org/domain';
import { removeGateway } from '../approval/gateway.js';
import type { EnrolmentContext } from '../context.js';
import type { RevokeCall } from '../use-case-types.js';
import { changeMachine } from './change.js';
import { findMachine } from './list.js';
import type { Machine, MachineRecord } from './machine-store.js';

interface Withdrawal {
  /** The operator, `device` or `expiry`. */
  readonly by: string;
  readonly reason: RevocationReason;
  /** Also from the platform, soon. */
  readonly removeGateway?: boolean;
}

/** @throws ProvisionError not_found `machine_unknown`, forbidden `may_not_remove` */
export async function revoke(context: EnrolmentContext, call: RevokeCall): Promise<Machine> {
  const { id, operator, reason } = call;
  await findMachine(context, call);
  await operator.assertMayRemove(id);
  const withdrawal = { by: operator.id, reason, removeGateway: call.removeGateway };
  const machine = (await withdrawMachine(context, id, withdrawal))!;
  if (!machine.removalDue) return machine;
  try {
    return await removeDue(context, machine, operator.token);
  } catch (error) {
    // It is revoked, and that is what matters; the answer says that the removal is still due.
    context.observer.trouble?.(`removal of the gateway of machine ${id}`, error);
    return machine;
  }
}

/**
 * Revokes all certificates of a machine, and the machine where it is on record. May be repeated.
 *
 * @returns undefined when it is not on record
 */
export async function withdrawMachine(
  context: EnrolmentContext,
  id: string,
  withdrawal: Withdrawal,
): Promise<MachineRecord | undefined> {
  const { machines, issuer, observer } = context;
  const { by, reason } = withdrawal;
  // Before the machine's state, so that a crash in between is mended by asking again; and after it, for what was issued
  // in between (from then on nothing is).
  await issuer.revokeMachine(id, reason);
  const before = await machines.find(id);
  if (!before) return undefined;
  const after = await changeMachine(machines, id, (machine) => withdrawn(context, machine, withdrawal));
  await issuer.revokeMachine(id, reason);
  if (before.state === 'active') observer.revoked?.({ machineId: id, domainId: after.domainId, by, reason });
  return after;
}

function withdrawn(
  { clock, provisioner }: EnrolmentContext,
  machine: MachineRecord,
  { by, reason, removeGateway: remove }: Withdrawal,
): MachineRecord {
  const removalDue = machine.removalDue || Boolean(remove && machine.gateway && provisioner);
  // The first reason stays, unless the key has become known to others since: its keys are then worth nothing anywhere.
  const isWorse = reason === 'keyCompromise' && machine.revocation?.reason !== reason;
  if (machine.state === 'revoked' && removalDue === machine.removalDue && !isWorse) return machine;
  const revocation = isWorse || !machine.revocation ? { by, at: clock.now(), reason } : machine.revocation;
  return { ...machine, state: 'revoked', revocation, reissue: undefined, removalDue };
}

/**
 * Removes the gateway of a revoked machine. Upkeep has no operator's token: without credentials of the service's own the
 * removal waits until an operator asks for it again.
 *
 * @throws ProvisionError as `Provisioner.remove`
 */
export async function removeDue(
  context: EnrolmentContext,
  { id, domainId, gateway }: MachineRecord,
  token: RevokeCall['operator']['token'],
): Promise<MachineRecord> {
  if (gateway) await removeGateway(context, { domainId, gateway, token });
  return changeMachine(context.machines, id, (machine) => ({
    ...machine,
    gateway: undefined,
    removalDue: false,
  }));
}
