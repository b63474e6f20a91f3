import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Remnant, Remnants } from '../remnants/remnants.js';

interface RemnantsUnderTest {
  readonly remnants: Remnants;
  /** What the record takes for the time of day, in milliseconds since 1970. */
  now(): number;
  close(): Promise<void>;
}

const run = (runId: string, domainId = 'plant') => ({ runId, domainId, externalId: `gw of ${runId}` });
const client: Remnant = { type: 'client', id: 'c-1', reason: 'no one may delete it' };
const channel: Remnant = { type: 'channel', id: 'ch-1', reason: 'no one may delete it' };
const unnamed = (reason: string): Remnant => ({ type: 'certificate', id: '', reason });
const all = { domainId: 'plant', offset: 0, limit: 100, acknowledged: false };

/** What every record of remnants must do; `open` gives an empty one. */
export function remnantsContract(name: string, open: () => Promise<RemnantsUnderTest>): void {
  describe(`remnants contract: ${name}`, () => {
    let under: RemnantsUnderTest;
    let remnants: Remnants;

    beforeEach(async () => {
      under = await open();
      remnants = under.remnants;
    });
    afterEach(() => under.close());

    it('keeps each of a run once, and tells which are new', async () => {
      expect(await remnants.record(run('r-1'), [client])).toEqual([client]);
      expect(await remnants.record(run('r-1'), [client, channel])).toEqual([channel]);
      expect(await remnants.record(run('r-1'), [client, channel])).toEqual([]);
      expect(await remnants.record(run('r-2'), [client])).toEqual([client]);
      const { total, runs } = await remnants.list(all);
      expect(total).toBe(2);
      expect(runs).toMatchObject([
        { ...run('r-1'), items: [client, channel], acknowledged: undefined },
        { ...run('r-2'), items: [client] },
      ]);
      expect(Math.abs(runs[0]!.foundAt - under.now())).toBeLessThan(60_000);
      expect(await remnants.count()).toBe(3);
    });

    it('tells those whose id no one knows apart by their reason', async () => {
      const two = [unnamed('of client a'), unnamed('of client b')];
      expect(await remnants.record(run('r-1'), two)).toEqual(two);
      expect(await remnants.record(run('r-1'), two)).toEqual([]);
    });

    it('loses nothing when several are recorded at once', async () => {
      await Promise.all([client, channel].map((one) => remnants.record(run('r-1'), [one])));
      const { runs } = await remnants.list(all);
      expect(runs[0]!.items).toHaveLength(2);
    });

    it('shows those of a domain, by pages', async () => {
      for (const id of ['r-1', 'r-2', 'r-3']) await remnants.record(run(id), [client]);
      await remnants.record(run('r-4', 'elsewhere'), [client]);
      const page = await remnants.list({ ...all, offset: 1, limit: 1 });
      expect(page).toMatchObject({ total: 3, runs: [{ runId: 'r-2' }] });
    });

    it('puts away what is acknowledged, with who did and when, and shows it to those who ask', async () => {
      await remnants.record(run('r-1'), [client, channel]);
      const of = { domainId: 'plant', runId: 'r-1' };
      const noted = await remnants.acknowledge({ ...of, by: 'ana' });
      expect(noted).toMatchObject({ ...run('r-1'), items: [client, channel], acknowledged: { by: 'ana' } });
      expect(Math.abs(noted!.acknowledged!.at - under.now())).toBeLessThan(60_000);
      expect(await remnants.list(all)).toEqual({ total: 0, runs: [] });
      expect(await remnants.list({ ...all, acknowledged: true })).toMatchObject({
        total: 1,
        runs: [{ acknowledged: { by: 'ana' } }],
      });
      expect(await remnants.count()).toBe(0);
    });

    it('remembers the first who acknowledged', async () => {
      await remnants.record(run('r-1'), [client]);
      const of = { domainId: 'plant', runId: 'r-1' };
      await remnants.acknowledge({ ...of, by: 'ana' });
      expect(await remnants.acknowledge({ ...of, by: 'ben' })).toMatchObject({ acknowledged: { by: 'ana' } });
    });

    it('lets no one acknowledge what another domain has, or what is not on record', async () => {
      await remnants.record(run('r-1'), [client]);
      expect(await remnants.acknowledge({ domainId: 'elsewhere', runId: 'r-1', by: 'eve' })).toBeUndefined();
      expect(await remnants.acknowledge({ domainId: 'plant', runId: 'r-9', by: 'ana' })).toBeUndefined();
      expect(await remnants.count()).toBe(1);
    });

    it('wants to be acknowledged again when more is found', async () => {
      await remnants.record(run('r-1'), [client]);
      await remnants.acknowledge({ domainId: 'plant', runId: 'r-1', by: 'ana' });
      await remnants.record(run('r-1'), [channel]);
      expect(await remnants.list(all)).toMatchObject({ total: 1, runs: [{ items: [client, channel] }] });
    });
  });
}
