import { type Clock, systemClock } from '@org/domain';
import type { Remnant, Remnants, RemnantsQuery, RunRemnants } from '../remnants/remnants.js';

type Row = { -readonly [K in keyof RunRemnants]: RunRemnants[K] };

/** A record that dies with the process: for tests. */
export class MemoryRemnants implements Remnants {
  readonly #rows = new Map<string, Row>();

  constructor(private readonly clock: Pick<Clock, 'now'> = systemClock) {}

  async record(
    { runId, domainId, externalId }: Pick<RunRemnants, 'runId' | 'domainId' | 'externalId'>,
    found: readonly Remnant[],
  ): Promise<readonly Remnant[]> {
    const facts = { runId, domainId, externalId, foundAt: this.clock.now() };
    const row = this.#rows.get(runId) ?? { ...facts, items: [], acknowledged: undefined };
    const fresh = found.filter((one) => !row.items.some((known) => isSame(known, one)));
    if (fresh.length === 0) return [];
    this.#rows.set(runId, { ...row, items: [...row.items, ...fresh], acknowledged: undefined });
    return fresh;
  }

  async list({ domainId, offset, limit, acknowledged }: RemnantsQuery) {
    const all = [...this.#rows.values()].filter(
      (row) => row.domainId === domainId && (acknowledged || !row.acknowledged),
    );
    return { total: all.length, runs: all.slice(offset, offset + limit) };
  }

  async acknowledge({ domainId, runId, by }: { domainId: string; runId: string; by: string }) {
    const row = this.#rows.get(runId);
    if (row?.domainId !== domainId) return undefined;
    row.acknowledged ??= { at: this.clock.now(), by };
    return row;
  }

  async count(): Promise<number> {
    const open = [...this.#rows.values()].filter(({ acknowledged }) => !acknowledged);
    return open.reduce((sum, { items }) => sum + items.length, 0);
  }
}

const isSame = (one: Remnant, other: Remnant): boolean =>
  one.type === other.type && one.id === other.id && (one.id !== '' || one.reason === other.reason);
