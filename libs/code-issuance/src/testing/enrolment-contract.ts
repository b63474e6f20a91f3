import type { EnrolmentState } from '@org/domain';
import { describe, expect, it } from '@jest/globals';
import type { EnrolmentRecord } from '../enrolment/record.js';
import type { EnrolmentStore } from '../store/code-store.js';
import { NO_CAPS, sampleFullRecord, sampleRecord } from './samples.js';

const ROOM = { now: 0, caps: NO_CAPS };

const next = (record: EnrolmentRecord, change: Partial<EnrolmentRecord>): EnrolmentRecord => ({
  ...record,
  ...change,
  version: record.version + 1,
});

/** With secrets told, so that they are compared too: they are equal to each other otherwise. */
function plain(record: EnrolmentRecord | undefined): unknown {
  if (!record) return undefined;
  const { approval, outcome } = record;
  const told = { ...record, outcome: outcome?.reveal() };
  return { ...told, approval: approval && { ...approval, payload: approval.payload.reveal() } };
}

export function enrolmentContract(current: () => EnrolmentStore): void {
  const added = async (more: Partial<EnrolmentRecord> = {}): Promise<EnrolmentRecord> => {
    const record = sampleRecord(more);
    expect((await current().insert(record, ROOM)).outcome).toBe('inserted');
    return record;
  };

  describe('insert', () => {
    it('gives back all that was put in, secrets included', async () => {
      const small = await added({ commonName: undefined, device: {} });
      const full = sampleFullRecord();
      await current().insert(full, ROOM);
      expect(plain(await current().findById(small.id))).toEqual(plain(small));
      expect(plain(await current().findById(full.id))).toEqual(plain(full));
    });

    it('lets one of many at once have a code', async () => {
      const same = Array.from({ length: 20 }, () => sampleRecord({ codeHash: 'c' }));
      const outcomes = await Promise.all(same.map((record) => current().insert(record, ROOM)));
      expect(outcomes.filter(({ outcome }) => outcome === 'inserted')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'code_taken')).toHaveLength(19);
    });

    it('lets a code be used again when its enrolment has ended', async () => {
      const first = await added({ codeHash: 'c' });
      await current().replace(next(first, { state: 'expired', finishedAt: 1 }));
      const second = await added({ codeHash: 'c', createdAt: first.createdAt + 1 });
      expect((await current().findByCodeHash('c'))?.id).toBe(second.id);
    });
  });

  describe('replace', () => {
    it('lets one of many at once make a version', async () => {
      const record = await added();
      const changes = Array.from({ length: 50 }, (_, n) => next(record, { keyFingerprint: `key ${n}` }));
      const done = await Promise.all(changes.map((change) => current().replace(change)));
      expect(done.filter(Boolean)).toHaveLength(1);
      const stored = await current().findById(record.id);
      expect(stored).toMatchObject({ version: 2, keyFingerprint: `key ${done.indexOf(true)}` });
    });

    it('writes every field, and takes fields away', async () => {
      const full = sampleFullRecord();
      const record = await added({ id: full.id, version: 6, codeHash: full.codeHash });
      expect(await current().replace({ ...full, pace: record.pace })).toBe(true);
      expect(plain(await current().findById(full.id))).toEqual(plain({ ...full, pace: record.pace }));
      const bare = next(full, { approval: undefined, domainId: undefined, ticket: undefined });
      expect(await current().replace(bare)).toBe(true);
      expect(plain(await current().findById(full.id))).toEqual(plain({ ...bare, pace: record.pace }));
    });

    it('leaves the pace to notePace, which changes nothing else', async () => {
      const record = await added();
      const pace = { intervalMs: 10_000, polledAt: 17 };
      await current().notePace(record.id, pace);
      expect(await current().findById(record.id)).toEqual({ ...record, pace });
      await current().replace(next(record, { leaseUntil: 5 }));
      expect(await current().findById(record.id)).toMatchObject({ pace, leaseUntil: 5, version: 2 });
    });

    it('says no to what is not there', async () => {
      expect(await current().replace(next(sampleRecord(), {}))).toBe(false);
    });
  });

  it('finds by code, polling secret and ticket, and not by another', async () => {
    const record = await added({ ticket: { hash: 'old', expiresAt: 9, keyFingerprint: undefined } });
    await added();
    await current().replace(
      next(record, { ticket: { hash: 'new', expiresAt: 9, keyFingerprint: undefined } }),
    );
    expect((await current().findByCodeHash(record.codeHash))?.id).toBe(record.id);
    expect((await current().findByPollingHash(record.pollingHash!))?.id).toBe(record.id);
    expect((await current().findByTicketHash('new'))?.id).toBe(record.id);
    expect(await current().findByTicketHash('old')).toBeUndefined();
    expect(await current().findByCodeHash('none')).toBeUndefined();
    expect(await current().findByPollingHash('none')).toBeUndefined();
    expect(await current().findById('none')).toBeUndefined();
  });

  it('lists a domain by pages and states, latest first', async () => {
    const states: EnrolmentState[] = ['approved', 'redeemed', 'approved', 'approved'];
    const all: EnrolmentRecord[] = [];
    for (const [n, state] of states.entries())
      all.push(await added({ state, domainId: 'plant', createdAt: n }));
    await added({ state: 'approved', domainId: 'elsewhere' });
    await added();
    const list = async (query: { states?: EnrolmentState[]; offset: number; limit: number }) => {
      const { total, records } = await current().list({ domainId: 'plant', ...query });
      return { total, found: records.map(({ id }) => all.findIndex((record) => record.id === id)) };
    };
    expect(await list({ offset: 0, limit: 10 })).toEqual({ total: 4, found: [3, 2, 1, 0] });
    expect(await list({ offset: 1, limit: 2 })).toEqual({ total: 4, found: [2, 1] });
    expect(await list({ states: ['approved'], offset: 1, limit: 2 })).toEqual({ total: 3, found: [2, 0] });
    expect(await list({ states: [], offset: 0, limit: 2 })).toEqual({ total: 0, found: [] });
  });

  it('gives what is due, longest overdue first, and leaves ends alone', async () => {
    const late = await added({ dueAt: 20 });
    const later = await added({ dueAt: 10 });
    await added({ dueAt: 21 });
    await added({ dueAt: 5, state: 'redeemed', finishedAt: 1 });
    const ids = async (limit: number) => (await current().due(20, limit)).map(({ id }) => id);
    expect(await ids(10)).toEqual([later.id, late.id]);
    expect(await ids(1)).toEqual([later.id]);
  });

  it('forgets ends whose time has come, and none that have something to undo', async () => {
    const ended = { state: 'expired', finishedAt: 1, dueAt: 20 } as const;
    const gone = await added(ended);
    const owed = await added({ ...ended, undoDue: true, finishedAt: 3 });
    const longer = await added({ ...ended, undoDue: true, finishedAt: 2, dueAt: 99 });
    const kept = await added({ ...ended, dueAt: 21 });
    const live = await added({ dueAt: 20 });
    expect(await current().purge(20)).toBe(1);
    expect(await current().findById(gone.id)).toBeUndefined();
    for (const { id } of [owed, longer, kept, live]) expect(await current().findById(id)).toBeDefined();
    expect((await current().undoDue(10)).map(({ id }) => id)).toEqual([longer.id, owed.id]);
    expect(await current().undoDue(1)).toHaveLength(1);
  });

  it('finds approvals that no one goes on with', async () => {
    const silent = await added({ state: 'approving', leaseUntil: 10 });
    const longer = await added({ state: 'approving', leaseUntil: 9 });
    await added({ state: 'approving', leaseUntil: 11 });
    await added({ state: 'redeeming', leaseUntil: 1 });
    expect((await current().stalledApprovals(10, 10)).map(({ id }) => id)).toEqual([longer.id, silent.id]);
    expect(await current().stalledApprovals(10, 1)).toHaveLength(1);
  });

  it('counts by state, and leaves ends alone', async () => {
    await added();
    await added();
    await added({ state: 'redeeming' });
    await added({ state: 'denied', finishedAt: 1 });
    const { pending, approved = 0, redeeming, denied } = await current().countByState();
    expect([pending, approved, redeeming, denied]).toEqual([2, 0, 1, undefined]);
  });
}
