import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Lease, Secret } from '@org/domain';
import type { RunJournal, NewRun, Postponed } from '../journal/journal.js';
import type { Leftover } from '../journal/leftover.js';
import { removalDelay } from '../saga/backoff.js';
import { LEASE, LEFTOVER, SECOND, asJson, removal, resultFor, run } from './journal-samples.js';

interface JournalUnderTest {
  readonly journal: RunJournal;
  /** Lets time pass, as the journal knows it. */
  advance(ms: number): void | Promise<void>;
  close(): Promise<void>;
}

/** What every journal must do; `open` gives an empty one. */
export function journalContract(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(`journal contract: ${name}`, () => {
    let under: JournalUnderTest;
    let journal: RunJournal;
    let advance: JournalUnderTest['advance'];
    const claimAll = (owner = 'process-2') => journal.claim({ owner, leaseMs: LEASE, limit: 100 });
    const begin = async (wanted: NewRun): Promise<Lease> => {
      const begun = await journal.begin(wanted);
      if (begun.outcome !== 'started') throw new Error(begun.outcome);
      return begun.lease;
    };
    const complete = async (wanted: NewRun, keepMs = LEASE): Promise<void> =>
      journal.complete(await begin(wanted), { result: resultFor(wanted), keepMs });
    const putOff = async (lease: Lease, more: Partial<Postponed> = {}): Promise<void> =>
      journal.postpone(lease, { state: 'removing', leftovers: [LEFTOVER], delayMs: 0, attempts: 1, ...more });

    beforeEach(async () => {
      under = await open();
      ({ journal } = under);
      advance = (ms) => under.advance(ms);
    });
    afterEach(() => under.close());

    describe('begin', () => {
      it('lets one of many at once make an external id, in whatever domain', async () => {
        const runs = Array.from({ length: 20 }, (_, n) => run('gw-1', { domainId: `domain-${n % 2}` }));
        const outcomes = (await Promise.all(runs.map((it) => journal.begin(it)))).map((it) => it.outcome);
        expect(outcomes.filter((it) => it === 'started')).toHaveLength(1);
        expect(outcomes.filter((it) => it === 'external_id_busy')).toHaveLength(19);
      });

      it('names the run that makes an external id to callers of its own domain only', async () => {
        const first = run('gw-16', { domainId: 'plant' });
        await journal.begin(first);
        const { runId } = first.plan;
        const outcome = 'external_id_busy';
        expect(await journal.begin(run('gw-16', { domainId: 'plant' }))).toEqual({ outcome, runId });
        expect(await journal.begin(run('gw-16', { domainId: 'elsewhere' }))).toEqual({ outcome });
      });

      it('frees the external id when the run is complete, forgotten or put off', async () => {
        for (const end of ['complete', 'forget', 'postpone'] as const) {
          const first = run('gw-2');
          if (end === 'complete') await complete(first);
          if (end === 'forget') await journal.forget(await begin(first));
          if (end === 'postpone') await putOff(await begin(first));
        }
        expect(await journal.begin(run('gw-2'))).toMatchObject({ outcome: 'started' });
      });
    });

    it('tells whether an external id of a domain is still being removed', async () => {
      const isBeingRemoved = (domainId = 'plant') =>
        journal.isBeingRemoved({ domainId, externalId: 'gw-17' });
      const first = await begin(run('gw-17'));
      expect(await isBeingRemoved()).toBe(false);
      await putOff(first);
      expect(await isBeingRemoved()).toBe(true);
      expect(await isBeingRemoved('elsewhere')).toBe(false);
      const second = await begin(run('gw-17'));
      await putOff(second, { state: 'settling', leftovers: [] });
      const [again, last] = await claimAll();
      await journal.forget(again!.lease);
      expect(await isBeingRemoved()).toBe(true);
      await journal.forget(last!.lease);
      expect(await isBeingRemoved()).toBe(false);
    });

    describe('find', () => {
      it('says what became of a key, without its body', async () => {
        const of = { domainId: 'plant', key: 'order-7' };
        expect(await journal.find(of)).toEqual({ outcome: 'unknown' });
        const first = run('gw-f', { idempotency: { key: 'order-7', body: '{}' } });
        const lease = await begin(first);
        expect(await journal.find(of)).toEqual({ outcome: 'in_progress' });
        expect(await journal.find({ ...of, domainId: 'elsewhere' })).toEqual({ outcome: 'unknown' });
        await journal.complete(lease, { result: resultFor(first), keepMs: LEASE });
        expect(await journal.find(of)).toEqual({ outcome: 'done', result: asJson(resultFor(first)) });
        await advance(LEASE);
        await journal.purge();
        expect(await journal.find(of)).toEqual({ outcome: 'unknown' });
      });

      it('knows nothing of a run that failed: its key may be tried again', async () => {
        const failed = run('gw-g', { idempotency: { key: 'order-8', body: '{}' } });
        await putOff(await begin(failed), { state: 'settling', leftovers: [] });
        expect(await journal.find({ domainId: 'plant', key: 'order-8' })).toEqual({ outcome: 'unknown' });
      });
    });

    describe('beginRemoval', () => {
      it('gives one of many at once the removal, whole', async () => {
        const wanted = removal('run-1');
        const begun = await Promise.all(Array.from({ length: 20 }, () => journal.beginRemoval(wanted)));
        const [got, ...more] = begun.filter((it) => it !== undefined);
        expect(more).toEqual([]);
        expect(got).toMatchObject({ plan: asJson(wanted.plan), state: 'removing', attempts: 0 });
        expect(got!.callerToken!.reveal()).toBe('caller-token');
        expect(await journal.counts()).toEqual({ running: 0, removing: 1, settling: 0, leftovers: 0 });
      });

      it('lets another process claim it when its own is gone', async () => {
        await journal.beginRemoval(removal('run-2'));
        expect(await claimAll()).toEqual([]);
        await advance(LEASE);
        expect(await claimAll()).toMatchObject([{ state: 'removing' }]);
        expect(await journal.beginRemoval(removal('run-2'))).toBeUndefined();
      });

      it('takes one over that no one works on, due or not, with the new token', async () => {
        const first = removal('run-3');
        const { lease } = (await journal.beginRemoval(first))!;
        await putOff(lease, { delayMs: LEASE, attempts: 3 });
        const again = removal('run-3', { callerToken: new Secret('newer'), owner: 'process-2' });
        const taken = await journal.beginRemoval(again);
        expect(taken).toMatchObject({ state: 'removing', attempts: 3 });
        expect(await journal.beginRemoval(first)).toBeUndefined();
        await journal.end([taken!.lease]);
        await advance(LEASE);
        const [claimed] = await claimAll();
        expect(claimed!.callerToken!.reveal()).toBe('newer');
        expect(await journal.unfinished({ domainId: 'plant', offset: 0, limit: 9 })).toMatchObject({
          total: 1,
          runs: [{ items: [LEFTOVER] }],
        });
      });

      it('neither waits for runs of the external id nor holds them up, and leaves their answers', async () => {
        const idempotency = { key: 'order-1', body: '{}' };
        const first = run('gw-r', { idempotency });
        await complete(first);
        await journal.begin(run('gw-r'));
        const held = await journal.beginRemoval(removal(first.plan.runId));
        await journal.forget(held!.lease);
        expect((await journal.begin(first)).outcome).toBe('replay');
      });
    });

    describe('idempotency', () => {
      const idempotency = { key: 'order-7', body: '{"name":"a"}' };

      it('gives the answer again for the same key and body', async () => {
        const first = run('gw-3', { idempotency });
        await complete(first);
        expect(await journal.begin(run('gw-3', { idempotency }))).toEqual({
          outcome: 'replay',
          result: resultFor(first),
        });
      });

      it('refuses another body, and tells a run under way', async () => {
        await journal.begin(run('gw-4', { idempotency }));
        expect((await journal.begin(run('gw-4', { idempotency }))).outcome).toBe('key_in_progress');
        const other = { ...idempotency, body: '{"name":"b"}' };
        expect((await journal.begin(run('gw-5', { idempotency: other }))).outcome).toBe('key_reused');
      });

      it('keeps keys of different domains apart', async () => {
        await journal.begin(run('gw-6', { idempotency, domainId: 'one' }));
        expect((await journal.begin(run('gw-7', { idempotency, domainId: 'two' }))).outcome).toBe('started');
      });

      it('lets a failed key be tried again', async () => {
        await putOff(await begin(run('gw-8', { idempotency })), { state: 'settling', leftovers: [] });
        expect((await journal.begin(run('gw-8', { idempotency }))).outcome).toBe('started');
      });

      it('forgets answers when their time is over', async () => {
        await complete(run('gw-9', { idempotency }), 2 * LEASE);
        await advance(LEASE);
        await journal.purge();
        expect((await journal.begin(run('gw-9', { idempotency }))).outcome).toBe('replay');
        await advance(LEASE);
        await journal.purge();
        expect((await journal.begin(run('gw-9', { idempotency }))).outcome).toBe('started');
      });
    });

    describe('claim', () => {
      it('takes over a run whose lease is over, whole, once', async () => {
        const first = run('gw-10');
        await journal.begin(first);
        expect(await claimAll()).toEqual([]);
        await advance(LEASE);
        const claims = await Promise.all([claimAll('a'), claimAll('b')]);
        const [claimed, ...more] = claims.flat();
        expect(more).toEqual([]);
        expect(claimed).toMatchObject({ plan: asJson(first.plan), state: 'running', attempts: 0 });
        expect(claimed!.callerToken!.reveal()).toBe('caller-token');
      });

      it('leaves renewed runs alone, and takes those whose lease was ended at once', async () => {
        const lease = await begin(run('gw-11'));
        await advance(LEASE / 2);
        expect(await journal.renew([lease], LEASE)).toEqual([lease]);
        await advance(LEASE / 2 + SECOND);
        expect(await claimAll()).toEqual([]);
        await journal.end([lease]);
        const [claimed] = await claimAll();
        expect(claimed).toMatchObject({ state: 'running' });
        // It is another's now.
        await journal.end([lease]);
        expect(await claimAll()).toEqual([]);
      });

      it('brings a removal back when it is due', async () => {
        await putOff(await begin(run('gw-12')), { delayMs: 2 * LEASE, attempts: 3 });
        await advance(LEASE);
        expect(await claimAll()).toEqual([]);
        await advance(LEASE);
        expect(await claimAll()).toMatchObject([{ state: 'removing', attempts: 3 }]);
      });

      it('keeps a removal put off by any delay that there is', async () => {
        await putOff(await begin(run('gw-17')), { delayMs: removalDelay(30, 0.1234567) });
        expect(await claimAll()).toEqual([]);
        await advance(LEASE);
        expect(await claimAll()).toHaveLength(1);
      });

      it('keeps to its limit', async () => {
        for (let n = 0; n < 3; n++) await journal.begin(run(`gw-13-${n}`));
        await advance(LEASE);
        expect(await journal.claim({ owner: 'x', leaseMs: LEASE, limit: 2 })).toHaveLength(2);
      });

      it('takes what a dead process left before older runs that only want a second look', async () => {
        const settled = await begin(run('gw-18'));
        await advance(SECOND);
        await putOff(settled, { state: 'settling', leftovers: [] });
        const failed = await begin(run('gw-19'));
        await advance(SECOND);
        await putOff(failed);
        await journal.begin(run('gw-20'));
        await advance(LEASE);
        const order: string[] = [];
        for (let n = 0; n < 3; n++) {
          const claimed = await journal.claim({ owner: 'x', leaseMs: LEASE, limit: 1 });
          order.push(...claimed.map(({ plan }) => plan.externalId));
        }
        expect(order).toEqual(['gw-19', 'gw-20', 'gw-18']);
      });
    });

    describe('a lease', () => {
      const stolen = async (externalId: string) => {
        const first = run(externalId, { idempotency: { key: externalId, body: '{}' } });
        const old = await begin(first);
        await advance(LEASE);
        const [claimed] = await claimAll();
        return { first, old, lease: claimed!.lease };
      };

      it('has a token that grows with each claim, also where the same process claims again', async () => {
        const first = await begin(run('gw-21'));
        await advance(LEASE);
        const [second] = await claimAll('process-1');
        await advance(LEASE);
        const [third] = await claimAll('process-1');
        const { id, owner } = first;
        expect([second!.lease, third!.lease]).toMatchObject([
          { id, owner },
          { id, owner },
        ]);
        expect(second!.lease.fencingToken).toBeGreaterThan(first.fencingToken);
        expect(third!.lease.fencingToken).toBeGreaterThan(second!.lease.fencingToken);
      });

      it('that another has claimed changes nothing any more: the run is the new holder’s to end', async () => {
        const { first, old, lease } = await stolen('gw-22');
        const result = resultFor(first);
        const writes = [
          () => journal.complete(old, { result, keepMs: LEASE }),
          () => putOff(old),
          () => journal.forget(old),
        ];
        for (const write of writes)
          await expect(write()).rejects.toMatchObject({ kind: 'conflict', code: 'lease_lost' });
        expect(await journal.renew([old], 9 * LEASE)).toEqual([]);
        expect(await journal.counts()).toEqual({ running: 1, removing: 0, settling: 0, leftovers: 0 });
        await advance(LEASE);
        expect(await claimAll('process-3')).toHaveLength(1);
        expect(await journal.renew([lease], LEASE)).toEqual([]);
      });

      it('is no use on a run that is over', async () => {
        const first = run('gw-23', { idempotency: { key: 'k', body: '{}' } });
        const kept = await begin(first);
        await journal.complete(kept, { result: resultFor(first), keepMs: LEASE });
        const gone = await begin(run('gw-24'));
        await journal.forget(gone);
        for (const lease of [kept, gone]) {
          await expect(journal.forget(lease)).rejects.toMatchObject({ code: 'lease_lost' });
          expect(await journal.renew([lease], LEASE)).toEqual([]);
        }
        expect((await journal.begin(first)).outcome).toBe('replay');
      });

      it('on a removal does not become good again when that is begun anew', async () => {
        const old = (await journal.beginRemoval(removal('run-4')))!.lease;
        await journal.forget(old);
        await advance(SECOND);
        const { lease } = (await journal.beginRemoval(removal('run-4')))!;
        await expect(putOff(old)).rejects.toMatchObject({ code: 'lease_lost' });
        await journal.forget(lease);
      });

      it('that is over is still good while no one has claimed it', async () => {
        const first = run('gw-25');
        const lease = await begin(first);
        await advance(2 * LEASE);
        expect(await journal.renew([lease], LEASE)).toEqual([lease]);
        expect(await claimAll()).toEqual([]);
        await advance(2 * LEASE);
        await journal.complete(lease, { result: resultFor(first), keepMs: 0 });
        expect(await claimAll()).toEqual([]);
      });
    });

    it('lists what is left of a domain, oldest first, by pages, and counts it', async () => {
      const runs = [1, 2, 3].map((n) => run(`gw-14-${n}`, { domainId: 'plant' }));
      const elsewhere = run('gw-14-4', { domainId: 'elsewhere' });
      const settling = run('gw-14-5', { domainId: 'plant' });
      for (const it of [...runs, elsewhere]) {
        await putOff(await begin(it), { delayMs: LEASE, attempts: 2 });
        await advance(SECOND);
      }
      await putOff(await begin(settling), { state: 'settling', leftovers: [] });

      const page = await journal.unfinished({ domainId: 'plant', offset: 1, limit: 1 });
      expect(page.total).toBe(3);
      expect(page.runs).toEqual([
        {
          runId: runs[1]!.plan.runId,
          domainId: 'plant',
          externalId: 'gw-14-2',
          name: runs[1]!.plan.name,
          startedAt: expect.any(Number),
          attempts: 2,
          nextAttemptAt: expect.any(Number),
          items: [LEFTOVER],
        },
      ]);
      const { startedAt, nextAttemptAt } = page.runs[0]!;
      expect(nextAttemptAt - startedAt).toBeGreaterThanOrEqual(LEASE);
      expect(await journal.counts()).toEqual({ running: 0, removing: 4, settling: 1, leftovers: 4 });
    });

    it('remembers what the last removal left; what is on record as a remnant does not count', async () => {
      const leftovers: Leftover[] = [LEFTOVER, { ...LEFTOVER, id: 'c-3', isRemnant: true }];
      await putOff(await begin(run('gw-18')), { leftovers });
      expect([(await journal.counts()).leftovers, await claimAll()]).toMatchObject([1, [{ leftovers }]]);
    });

    it('holds nothing once all is forgotten', async () => {
      await journal.forget(await begin(run('gw-15')));
      expect(await journal.counts()).toEqual({ running: 0, removing: 0, settling: 0, leftovers: 0 });
      await advance(9 * LEASE);
      expect(await claimAll()).toEqual([]);
    });
  });
}
