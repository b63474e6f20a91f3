import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Journal, Leftover, NewRemoval, NewRun } from '../journal/journal.js';
import { removalDelay } from '../saga/backoff.js';
import { planRemoval } from '../plan/removal.js';
import type { ProvisionResult } from '../saga/result.js';
import { samplePlan } from './samples.js';

export interface JournalUnderTest {
  readonly journal: Journal;
  close(): Promise<void>;
}

const NOW = 1_790_000_000_000;
const LEASE = 15_000;
const LEFTOVER: Leftover = { type: 'client', id: 'c-1', reason: 'not allowed' };

const run = (externalId: string, more: Partial<NewRun> & { domainId?: string } = {}): NewRun => ({
  plan: samplePlan({ externalId, domainId: more.domainId ?? 'plant' }),
  callerToken: new Secret('caller-token'),
  idempotency: undefined,
  owner: 'process-1',
  now: NOW,
  leaseUntil: NOW + LEASE,
  ...more,
});

const removal = (runId: string, more: Partial<NewRemoval> = {}): NewRemoval => ({
  plan: planRemoval({
    domainId: 'plant',
    externalId: 'gw-r',
    runId,
    clientIds: ['c-1'],
    channelIds: ['ch-1', 'ch-2'],
    configurationId: 'cfg-1',
  }),
  callerToken: new Secret('caller-token'),
  owner: 'process-1',
  now: NOW,
  leaseUntil: NOW + LEASE,
  ...more,
});

/** As a database gives it back. */
const asJson = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

const resultFor = ({ plan }: NewRun): ProvisionResult => ({
  runId: plan.runId,
  gatewayId: plan.clients[0]!.id,
  clients: plan.clients.map(({ id, secret }) => ({ id, secret, view: { id } })),
  channels: [],
});

/** What every journal must do; `open` gives an empty one. */
export function journalContract(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(`journal contract: ${name}`, () => {
    let under: JournalUnderTest;
    let journal: Journal;
    const claimAll = (now: number, owner = 'process-2') =>
      journal.claim({ owner, now, leaseUntil: now + LEASE, limit: 100 });

    beforeEach(async () => {
      under = await open();
      journal = under.journal;
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
          expect(await journal.begin(first)).toEqual({ outcome: 'started' });
          const { runId } = first.plan;
          if (end === 'complete') await journal.complete(runId, { result: resultFor(first), keepUntil: NOW });
          if (end === 'forget') await journal.forget(runId);
          if (end === 'postpone')
            await journal.postpone(runId, {
              state: 'removing',
              leftovers: [LEFTOVER],
              nextAttemptAt: NOW,
              attempts: 1,
            });
        }
        expect(await journal.begin(run('gw-2'))).toEqual({ outcome: 'started' });
      });
    });

    describe('find', () => {
      it('says what became of a key, without its body', async () => {
        const of = { domainId: 'plant', key: 'order-7' };
        expect(await journal.find(of)).toEqual({ outcome: 'unknown' });
        const first = run('gw-f', { idempotency: { key: 'order-7', body: '{}' } });
        await journal.begin(first);
        expect(await journal.find(of)).toEqual({ outcome: 'in_progress' });
        expect(await journal.find({ ...of, domainId: 'elsewhere' })).toEqual({ outcome: 'unknown' });
        const { runId } = first.plan;
        await journal.complete(runId, { result: resultFor(first), keepUntil: NOW + 1 });
        expect(await journal.find(of)).toEqual({ outcome: 'done', result: asJson(resultFor(first)) });
        await journal.purge(NOW + 1);
        expect(await journal.find(of)).toEqual({ outcome: 'unknown' });
      });

      it('knows nothing of a run that failed: its key may be tried again', async () => {
        const failed = run('gw-g', { idempotency: { key: 'order-8', body: '{}' } });
        await journal.begin(failed);
        await journal.postpone(failed.plan.runId, {
          state: 'settling',
          leftovers: [],
          nextAttemptAt: NOW,
          attempts: 1,
        });
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
        expect(await claimAll(NOW + LEASE - 1)).toEqual([]);
        expect(await claimAll(NOW + LEASE)).toMatchObject([{ state: 'removing' }]);
        expect(await journal.beginRemoval(removal('run-2', { now: NOW + LEASE }))).toBeUndefined();
      });

      it('takes one over that nobody works on, due or not, with the new token', async () => {
        const first = removal('run-3');
        await journal.beginRemoval(first);
        await journal.postpone(first.plan.runId, {
          state: 'removing',
          leftovers: [LEFTOVER],
          nextAttemptAt: NOW + 9e5,
          attempts: 3,
        });
        const again = removal('run-3', { callerToken: new Secret('newer'), owner: 'process-2' });
        expect(await journal.beginRemoval(again)).toMatchObject({ state: 'removing', attempts: 3 });
        expect(await journal.beginRemoval(first)).toBeUndefined();
        await journal.release('process-2');
        const [claimed] = await claimAll(NOW + 9e5);
        expect(claimed!.callerToken!.reveal()).toBe('newer');
        expect(await journal.unfinished({ domainId: 'plant', offset: 0, limit: 9 })).toMatchObject({
          total: 1,
          runs: [{ items: [LEFTOVER] }],
        });
      });

      it('neither waits for runs of the external id nor holds them up, and leaves their answers', async () => {
        const idempotency = { key: 'order-1', body: '{}' };
        const complete = run('gw-r', { idempotency });
        await journal.begin(complete);
        const { runId } = complete.plan;
        await journal.complete(runId, { result: resultFor(complete), keepUntil: NOW + 1000 });
        await journal.begin(run('gw-r'));
        const wanted = removal(runId);
        expect(await journal.beginRemoval(wanted)).toBeDefined();
        await journal.forget(wanted.plan.runId);
        expect((await journal.begin(complete)).outcome).toBe('replay');
      });
    });

    describe('idempotency', () => {
      const idempotency = { key: 'order-7', body: '{"name":"a"}' };

      it('gives the answer again for the same key and body', async () => {
        const first = run('gw-3', { idempotency });
        await journal.begin(first);
        await journal.complete(first.plan.runId, { result: resultFor(first), keepUntil: NOW + 1000 });
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
        const first = run('gw-8', { idempotency });
        await journal.begin(first);
        await journal.postpone(first.plan.runId, {
          state: 'settling',
          leftovers: [],
          nextAttemptAt: NOW,
          attempts: 1,
        });
        expect((await journal.begin(run('gw-8', { idempotency }))).outcome).toBe('started');
      });

      it('forgets answers when their time is over', async () => {
        const first = run('gw-9', { idempotency });
        await journal.begin(first);
        await journal.complete(first.plan.runId, { result: resultFor(first), keepUntil: NOW + 1000 });
        await journal.purge(NOW + 999);
        expect((await journal.begin(run('gw-9', { idempotency }))).outcome).toBe('replay');
        await journal.purge(NOW + 1000);
        expect((await journal.begin(run('gw-9', { idempotency }))).outcome).toBe('started');
      });
    });

    describe('claim', () => {
      it('takes over a run whose lease is over, whole, once', async () => {
        const first = run('gw-10');
        await journal.begin(first);
        expect(await claimAll(NOW + LEASE - 1)).toEqual([]);
        const claims = await Promise.all([claimAll(NOW + LEASE, 'a'), claimAll(NOW + LEASE, 'b')]);
        const [claimed, ...more] = claims.flat();
        expect(more).toEqual([]);
        expect(claimed).toMatchObject({ plan: asJson(first.plan), state: 'running', attempts: 0 });
        expect(claimed!.callerToken!.reveal()).toBe('caller-token');
      });

      it('leaves renewed runs alone, and takes released ones at once', async () => {
        const first = run('gw-11');
        await journal.begin(first);
        await journal.renew([first.plan.runId], NOW + 2 * LEASE);
        expect(await claimAll(NOW + LEASE)).toEqual([]);
        await journal.release('process-1');
        expect(await claimAll(NOW)).toHaveLength(1);
      });

      it('brings a removal back when it is due', async () => {
        const first = run('gw-12');
        await journal.begin(first);
        const postponed = {
          state: 'removing',
          leftovers: [LEFTOVER],
          nextAttemptAt: NOW + 5000,
          attempts: 3,
        } as const;
        await journal.postpone(first.plan.runId, postponed);
        expect(await claimAll(NOW + 4999)).toEqual([]);
        expect(await claimAll(NOW + 5000)).toMatchObject([{ state: 'removing', attempts: 3 }]);
      });

      it('keeps a removal put off by any delay that there is', async () => {
        const first = run('gw-17');
        await journal.begin(first);
        const nextAttemptAt = NOW + removalDelay(1, 0.1234567);
        const postponed = { state: 'removing', leftovers: [LEFTOVER], nextAttemptAt, attempts: 1 } as const;
        await journal.postpone(first.plan.runId, postponed);
        expect(await claimAll(nextAttemptAt - 1)).toEqual([]);
        expect(await claimAll(nextAttemptAt)).toHaveLength(1);
      });

      it('keeps to its limit', async () => {
        for (let n = 0; n < 3; n++) await journal.begin(run(`gw-13-${n}`));
        expect(
          await journal.claim({ owner: 'x', now: NOW + LEASE, leaseUntil: NOW + 9e5, limit: 2 }),
        ).toHaveLength(2);
      });
    });

    it('lists what is left of a domain, oldest first, by pages, and counts it', async () => {
      const runs = [1, 2, 3].map((n) => run(`gw-14-${n}`, { domainId: 'plant', now: NOW + n }));
      const elsewhere = run('gw-14-4', { domainId: 'elsewhere' });
      const settling = run('gw-14-5', { domainId: 'plant' });
      for (const it of [...runs, elsewhere, settling]) await journal.begin(it);
      for (const it of [...runs, elsewhere])
        await journal.postpone(it.plan.runId, {
          state: 'removing',
          leftovers: [LEFTOVER],
          nextAttemptAt: NOW + 60,
          attempts: 2,
        });
      await journal.postpone(settling.plan.runId, {
        state: 'settling',
        leftovers: [],
        nextAttemptAt: NOW,
        attempts: 1,
      });

      const page = await journal.unfinished({ domainId: 'plant', offset: 1, limit: 1 });
      expect(page.total).toBe(3);
      expect(page.runs).toEqual([
        {
          runId: runs[1]!.plan.runId,
          domainId: 'plant',
          externalId: 'gw-14-2',
          name: runs[1]!.plan.name,
          startedAt: NOW + 2,
          attempts: 2,
          nextAttemptAt: NOW + 60,
          items: [LEFTOVER],
        },
      ]);
      expect(await journal.counts()).toEqual({ running: 0, removing: 4, settling: 1, leftovers: 4 });
    });

    it('holds nothing once all is forgotten', async () => {
      const first = run('gw-15');
      await journal.begin(first);
      await journal.forget(first.plan.runId);
      expect(await journal.counts()).toEqual({ running: 0, removing: 0, settling: 0, leftovers: 0 });
      expect(await claimAll(NOW + 1e9)).toEqual([]);
    });
  });
}
