import { COUNTED_AT_MOST } from '@org/domain';
import type {
  Machine,
  MachinePage,
  MachineQuery,
  MachineRecord,
  MachineStore,
} from '../machines/machine-store.js';

/** A machine store that dies with the process: for tests. */
export class MemoryMachineStore implements MachineStore {
  readonly #records = new Map<string, MachineRecord>();

  async insert(record: MachineRecord): Promise<boolean> {
    if (this.#records.has(record.id)) return false;
    this.#records.set(record.id, record);
    return true;
  }

  async replace(record: MachineRecord): Promise<boolean> {
    if (this.#records.get(record.id)?.version !== record.version - 1) return false;
    this.#records.set(record.id, record);
    return true;
  }

  async find(id: string): Promise<MachineRecord | undefined> {
    return this.#records.get(id);
  }

  async list({ domainId, state, offset, limit, after }: MachineQuery): Promise<MachinePage> {
    const all = [...this.#records.values()]
      .filter((it) => it.domainId === domainId && (state === undefined || it.state === state))
      .sort((a, b) => b.enrolledAt - a.enrolledAt || (a.id < b.id ? 1 : -1));
    const behind = after
      ? all.filter(({ enrolledAt: at, id }) => at < after.at || (at === after.at && id < after.id))
      : all;
    const records = behind.slice(offset, offset + limit);
    const last = records.at(-1);
    return {
      total: Math.min(all.length, COUNTED_AT_MOST),
      records,
      ...(last && behind.length > offset + limit && { next: { at: last.enrolledAt, id: last.id } }),
    };
  }

  async removalDue(limit: number): Promise<MachineRecord[]> {
    const due = [...this.#records.values()].filter((it) => it.removalDue);
    return due.sort((a, b) => a.revocation!.at - b.revocation!.at).slice(0, limit);
  }

  async countByState() {
    const counts: Partial<Record<Machine['state'], number>> = {};
    for (const { state } of this.#records.values()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }
}
