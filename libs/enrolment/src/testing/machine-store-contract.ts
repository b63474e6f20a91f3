import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type {
  Machine,
  MachinePage,
  MachineQuery,
  MachineRecord,
  MachineStore,
} from '../machines/machine-store.js';
import { sampleFullMachine, sampleMachine } from './samples.js';

interface MachineStoreUnderTest {
  readonly store: MachineStore;
  close(): Promise<void>;
}

/** What every machine store must do; `open` gives an empty one. */
export function machineStoreContract(name: string, open: () => Promise<MachineStoreUnderTest>): void {
  describe(`machine store contract: ${name}`, () => {
    let under: MachineStoreUnderTest;
    let store: MachineStore;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.close());

    const added = async (more: Partial<MachineRecord> = {}): Promise<MachineRecord> => {
      const record = sampleMachine(more);
      expect(await store.insert(record)).toBe(true);
      return record;
    };
    const revoked = (at: number): Partial<MachineRecord> => ({
      state: 'revoked',
      revocation: { by: 'ann', at, reason: 'unspecified' },
    });

    it('gives back what was stored, with every field and with none', async () => {
      for (const record of [sampleMachine({ device: {} }), sampleFullMachine()]) {
        expect(await store.insert(record)).toBe(true);
        expect(await store.find(record.id)).toEqual(record);
      }
      expect(await store.find('nobody')).toBeUndefined();
    });

    it('has one machine of an id: of many at once one is stored', async () => {
      const all = Array.from({ length: 20 }, (_, n) => sampleMachine({ id: 'one', name: `press-${n}` }));
      const stored = await Promise.all(all.map((record) => store.insert(record)));
      expect(stored.filter(Boolean)).toHaveLength(1);
      expect((await store.find('one'))?.name).toBe(all[stored.indexOf(true)]?.name);
    });

    it('replaces a version by the next, every field of it, and nothing else', async () => {
      const first = await added();
      const second = { ...sampleFullMachine(), id: first.id, version: 2 };
      expect(await store.replace(second)).toBe(true);
      expect(await store.find(first.id)).toEqual(second);
      for (const version of [1, 2, 4])
        expect(await store.replace({ ...first, version, name: 'late' })).toBe(false);
      expect(await store.replace(sampleMachine({ version: 2 }))).toBe(false);
      expect(await store.find(first.id)).toEqual(second);
      const third = { ...first, version: 3 };
      expect(await store.replace(third)).toBe(true);
      expect(await store.find(first.id)).toEqual(third);
    });

    it('lets one of many changes at once through', async () => {
      const first = await added();
      const all = Array.from({ length: 20 }, (_, n) => ({ ...first, version: 2, lateRenewals: n }));
      const replaced = await Promise.all(all.map((record) => store.replace(record)));
      expect(replaced.filter(Boolean)).toHaveLength(1);
      expect((await store.find(first.id))?.lateRenewals).toBe(replaced.indexOf(true));
    });

    it("lists a domain's by page and state, latest first", async () => {
      const all: MachineRecord[] = [];
      for (const [n, state] of (['active', 'revoked', 'active', 'active'] as const).entries())
        all.push(await added({ enrolledAt: 100 + n, ...(state === 'revoked' && revoked(200)) }));
      await added({ domainId: 'elsewhere' });
      const list = async (query: { state?: Machine['state']; offset: number; limit: number }) => {
        const { total, records } = await store.list({ domainId: 'plant', ...query });
        return { total, found: records.map(({ id }) => all.findIndex((record) => record.id === id)) };
      };
      expect(await list({ offset: 0, limit: 10 })).toEqual({ total: 4, found: [3, 2, 1, 0] });
      expect(await list({ offset: 1, limit: 2 })).toEqual({ total: 4, found: [2, 1] });
      expect(await list({ state: 'active', offset: 1, limit: 2 })).toEqual({ total: 3, found: [2, 0] });
      expect(await list({ state: 'revoked', offset: 0, limit: 2 })).toEqual({ total: 1, found: [1] });
      expect(await list({ offset: 9, limit: 2 })).toEqual({ total: 4, found: [] });
    });

    it('orders those of the same moment by id, and goes on behind any of them', async () => {
      for (const id of ['b', 'c', 'a']) await added({ id });
      const page = (query: Partial<MachineQuery>) =>
        store.list({ domainId: 'plant', offset: 0, limit: 10, ...query });
      const idsOf = ({ records }: MachinePage) => records.map(({ id }) => id);
      const all = await page({});
      expect(idsOf(all)).toEqual(['c', 'b', 'a']);
      expect(all.next).toBeUndefined();
      const first = await page({ limit: 2 });
      expect(idsOf(first)).toEqual(['c', 'b']);
      const second = await page({ limit: 2, after: first.next! });
      expect(second).toMatchObject({ total: 3, records: [{ id: 'a' }] });
      expect(second.next).toBeUndefined();
    });

    it('gives those whose gateway is still to be removed, longest revoked first', async () => {
      const late = await added({ ...revoked(20), removalDue: true });
      const later = await added({ ...revoked(10), removalDue: true });
      await added(revoked(5));
      const ids = async (limit: number) => (await store.removalDue(limit)).map(({ id }) => id);
      expect(await ids(10)).toEqual([later.id, late.id]);
      expect(await ids(1)).toEqual([later.id]);
      expect(await store.replace({ ...later, version: 2, removalDue: false })).toBe(true);
      expect(await ids(10)).toEqual([late.id]);
    });

    it('counts by state', async () => {
      await added();
      await added();
      const { active, revoked: gone } = await store.countByState();
      expect([active, gone ?? 0]).toEqual([2, 0]);
    });
  });
}
