import { machineUnknown } from '../errors.js';
import type { MachineRecord, MachineStore } from './machine-store.js';

/**
 * Decides on what is stored and writes the decision if nothing has changed meanwhile; otherwise decides again.
 *
 * @param decide gives back the record itself when there is nothing to change
 * @throws ProvisionError not_found `machine_unknown`, and what `decide` throws
 */
export async function changeMachine(
  store: MachineStore,
  id: string,
  decide: (machine: MachineRecord) => MachineRecord,
): Promise<MachineRecord> {
  for (;;) {
    const before = await store.find(id);
    if (!before) throw machineUnknown();
    const after = decide(before);
    if (after === before) return before;
    const record = { ...after, version: before.version + 1 };
    if (await store.replace(record)) return record;
  }
}
