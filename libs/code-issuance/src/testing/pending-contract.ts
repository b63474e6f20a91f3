import { describe, expect, it } from '@jest/globals';
import type { EnrolmentRecord } from '../enrolment/record.js';
import type { EnrolmentStore, Insertion } from '../store/code-store.js';
import { NO_CAPS, sampleRecord } from './samples.js';

const NOW = 1_790_000_000_000;
const HOME = '192.000.002.017';

const outcomeOf = (insertion: Insertion) => ('level' in insertion ? insertion.level : insertion.outcome);

export function pendingContract(current: () => EnrolmentStore): void {
  const insert = (more: Partial<EnrolmentRecord>, caps: Partial<typeof NO_CAPS> = {}) =>
    current().insert(sampleRecord(more), { now: NOW, caps: { ...NO_CAPS, ...caps } });
  const added = async (more: Partial<EnrolmentRecord> = {}, caps: Partial<typeof NO_CAPS> = {}) => {
    const record = sampleRecord(more);
    const { outcome } = await current().insert(record, { now: NOW, caps: { ...NO_CAPS, ...caps } });
    expect(outcome).toBe('inserted');
    return record;
  };
  const isThere = async ({ id }: EnrolmentRecord) => (await current().findById(id)) !== undefined;

  describe('room for those that wait', () => {
    it.each([
      ['address', '2001:0db8:0001:0203', '2001:0db8:0001:0203'],
      ['network', '2001:0db8:0001:0203', '2001:0db8:0001:02ff'],
      ['site', '2001:0db8:0001:0203', '2001:0db8:0001:ff03'],
    ] as const)('ends at the cap of an IPv6 %s', async (level, one, other) => {
      const caps = { [level]: 2 };
      await added({ originPath: one }, caps);
      await added({ originPath: one, state: 'approving' }, caps);
      expect(outcomeOf(await insert({ originPath: one }, caps))).toBe(level);
      // Nothing of his waits yet: there the one that can be displaced is.
      expect(outcomeOf(await insert({ originPath: other }, caps))).toBe(
        level === 'address' ? level : 'inserted',
      );
      expect(outcomeOf(await insert({ originPath: '2001:0db8:0002:0203' }, caps))).toBe('inserted');
    });

    it('ends at the cap in all, for an address that has as many as any', async () => {
      const caps = { overAll: 2 };
      await added({ originPath: HOME }, caps);
      await added({ originPath: '198.051.100.001' }, caps);
      expect(outcomeOf(await insert({ originPath: HOME }, caps))).toBe('overAll');
    });

    it('is made by the one of the heaviest whose time is over first', async () => {
      const caps = { overAll: 3 };
      const [late, soon] = [NOW + 9, NOW + 8];
      const first = await added({ originPath: HOME, dueAt: late }, caps);
      const second = await added({ originPath: HOME, dueAt: soon, origin: '192.0.2.17' }, caps);
      const other = await added({ originPath: '198.051.100.001', dueAt: NOW + 1 }, caps);
      const record = sampleRecord({ originPath: '203.000.113.009' });
      const inserted = await current().insert(record, { now: NOW, caps: { ...NO_CAPS, ...caps } });
      expect(inserted).toMatchObject({
        outcome: 'inserted',
        displaced: { origin: '192.0.2.17', level: 'overAll' },
      });
      expect(await Promise.all([first, second, other, record].map(isThere))).toEqual([
        true,
        false,
        true,
        true,
      ]);
    });

    it('is not made by what is being approved', async () => {
      const caps = { overAll: 1 };
      const approving = await added({ originPath: HOME, state: 'approving' }, caps);
      expect(outcomeOf(await insert({ originPath: '198.051.100.001' }, caps))).toBe('overAll');
      expect(await isThere(approving)).toBe(true);
    });

    it('is not taken by what is overdue, approved or over', async () => {
      await added({ originPath: HOME, dueAt: NOW });
      await added({ originPath: HOME, state: 'approved', redeemBy: NOW + 9, dueAt: NOW + 9 });
      await added({ originPath: HOME, state: 'expired', finishedAt: 1, dueAt: NOW + 9 });
      expect(outcomeOf(await insert({ originPath: HOME }, { overAll: 1, address: 1 }))).toBe('inserted');
    });

    it('is not passed by as many as come at once', async () => {
      const caps = { overAll: 10, address: 3 };
      const many = Array.from({ length: 40 }, (_, n) =>
        insert({ originPath: `010.000.000.00${n % 4}` }, caps),
      );
      const outcomes = (await Promise.all(many)).map(outcomeOf);
      expect(outcomes.filter((outcome) => outcome === 'inserted').length).toBeGreaterThanOrEqual(10);
      const { total, records } = await current().listPending({ now: NOW, network: '', offset: 0, limit: 99 });
      expect([total, records.length]).toEqual([10, 10]);
    });
  });

  it('gives another code where many wait, whatever their codes', async () => {
    const insertion = async (codeHash: string, more: Partial<EnrolmentRecord> = {}) =>
      current().insert(sampleRecord({ codeHash, ...more }), {
        now: NOW,
        caps: NO_CAPS,
        crowded: { from: 2, codeHash: `long ${codeHash}` },
      });
    expect(await insertion('a', { dueAt: NOW })).toMatchObject({ codeHash: 'a' });
    expect(await insertion('b', { state: 'approving' })).toMatchObject({ codeHash: 'b' });
    expect(await insertion('c')).toMatchObject({ codeHash: 'c' });
    expect(await insertion('d')).toMatchObject({ codeHash: 'long d' });
    expect(await current().findByCodeHash('d')).toBeUndefined();
    expect(await current().findByCodeHash('long d')).toMatchObject({ state: 'pending' });
    expect(await insertion('d')).toMatchObject({ outcome: 'code_taken' });
  });

  describe('a key', () => {
    const keyFingerprint = 'k'.repeat(43);

    it('has one enrolment that waits: a newer one takes its place, and its room', async () => {
      const caps = { overAll: 1 };
      const first = await added({ keyFingerprint, originPath: HOME }, caps);
      const second = await added({ keyFingerprint, originPath: '198.051.100.001' }, caps);
      expect(await Promise.all([first, second].map(isThere))).toEqual([false, true]);
    });

    it('keeps what is approved or being approved, and what other keys wait for', async () => {
      const kept = [
        await added({ keyFingerprint, state: 'approving' }),
        await added({ keyFingerprint, state: 'approved', redeemBy: NOW + 9 }),
        await added(),
        await added({ keyFingerprint: undefined, pollingHash: undefined, binding: 'ticket' }),
      ];
      await added({ keyFingerprint });
      await added({ keyFingerprint: undefined, pollingHash: undefined, binding: 'ticket' });
      expect(await Promise.all(kept.map(isThere))).toEqual([true, true, true, true]);
    });

    it('keeps what it has when a newer one is refused', async () => {
      const waiting = await added({ keyFingerprint, codeHash: 'own' });
      const other = await added({ codeHash: 'taken' });
      expect(outcomeOf(await insert({ keyFingerprint, codeHash: other.codeHash }))).toBe('code_taken');
      expect(outcomeOf(await insert({ keyFingerprint }, { overAll: 0 }))).toBe('overAll');
      expect(await isThere(waiting)).toBe(true);
    });
  });

  describe('what waits', () => {
    it('is listed by network and page, latest first, without what is overdue or has been decided', async () => {
      const all: EnrolmentRecord[] = [];
      for (const [n, originPath] of [HOME, '192.000.002.018', '192.000.003.001', HOME].entries())
        all.push(await added({ originPath, createdAt: NOW + n }));
      await added({ originPath: HOME, dueAt: NOW });
      await added({ originPath: HOME, state: 'approving' });
      const list = async (network: string, offset = 0, limit = 9) => {
        const { total, records } = await current().listPending({ now: NOW, network, offset, limit });
        return { total, found: records.map(({ id }) => all.findIndex((record) => record.id === id)) };
      };
      expect(await list('')).toEqual({ total: 4, found: [3, 2, 1, 0] });
      expect(await list('192.000.002')).toEqual({ total: 3, found: [3, 1, 0] });
      expect(await list(HOME, 1, 1)).toEqual({ total: 2, found: [0] });
    });

    it('is dropped by id or network, and nothing else is', async () => {
      const [one, two, near, far] = [
        await added({ originPath: HOME }),
        await added({ originPath: HOME }),
        await added({ originPath: '192.000.002.018' }),
        await added({ originPath: '192.000.020.001' }),
      ];
      const approved = await added({ originPath: HOME, state: 'approved', redeemBy: NOW + 9 });
      expect(await current().dropPending({ ids: [] })).toBe(0);
      expect(await current().dropPending({ ids: [one.id, approved.id, 'none'] })).toBe(1);
      expect(await current().dropPending({ network: '192.000.002' })).toBe(2);
      const there = await Promise.all([one, two, near, far, approved].map(isThere));
      expect(there).toEqual([false, false, false, true, true]);
      expect(await current().dropPending({ network: '' })).toBe(1);
    });
  });
}
