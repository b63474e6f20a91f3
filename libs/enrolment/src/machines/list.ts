import type { EnrolmentContext } from '../context.js';
import { machineUnknown } from '../errors.js';
import type { EnrolmentRef } from '../use-case-types.js';
import type { MachineQuery, MachineRecord } from './machine-store.js';

export async function listMachines({ machines }: EnrolmentContext, query: MachineQuery) {
  const { records, ...page } = await machines.list(query);
  return { ...page, machines: records };
}

/** @throws ProvisionError not_found `machine_unknown`, also for those of other domains */
export async function findMachine(
  { machines }: EnrolmentContext,
  { id, domainId }: Omit<EnrolmentRef, 'operator'>,
): Promise<MachineRecord> {
  const machine = await machines.find(id);
  if (machine?.domainId !== domainId) throw machineUnknown();
  return machine;
}
