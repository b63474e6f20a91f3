import type { EnrolmentContext } from '../context.js';
import { machineRevoked } from '../errors.js';
import type { EnrolmentRef } from '../use-case-types.js';
import { changeMachine } from './change.js';
import { findMachine } from './list.js';
import type { Machine } from './machine-store.js';

/**
 * Asks a machine to get a new certificate: it learns so when it checks in; a legacy device is pushed by other means, and may
 * send `ReIssue` for a while. Asked again, that while begins anew.
 *
 * @throws ProvisionError not_found `machine_unknown`; forbidden `may_not_remove`; conflict `machine_revoked`
 */
export async function reissue(context: EnrolmentContext, subject: EnrolmentRef): Promise<Machine> {
  const { machines, clock, observer } = context;
  const { id, domainId, operator } = subject;
  await findMachine(context, subject);
  await operator.assertMayRemove(id);
  const machine = await changeMachine(machines, id, (found) => {
    if (found.state === 'revoked') throw machineRevoked();
    return { ...found, reissue: { by: operator.id, at: clock.now() } };
  });
  observer.reissueAsked?.({ machineId: id, domainId, by: operator.id });
  return machine;
}
