import type { Machine, MachineQuery, MachineRecord, MachineStore } from '../machines/machine-store.js';

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

  async list({ domainId, state, offset, limit }: MachineQuery) {
    const all = [...this.#records.values()]
      .filter((it) => it.domainId === domainId && (state === undefined || it.state === state))
      .sort((a, b) => b.enrolledAt - a.enrolledAt || (a.id < b.id ? 1 : -1));
    return { total: all.length, records: all.slice(offset, offset + limit) };
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
