import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from 'node:sqlite';
import type { Ask, Bucket } from '@org/code-issuance';
import { NO_CAPS, codeStoreContract, sampleRecord } from '@org/code-issuance/testing';
import type { Secret } from '@org/domain';
import pg from 'pg';
import { openStore, type Store } from '../../src/index.js';
import { databases, newPath, openPostgres, removeFiles } from '../support/databases.js';

afterAll(removeFiles);

for (const [name, open] of databases) {
  codeStoreContract(name, async () => {
    const store = await open();
    return { store: store.codes, close: () => store.close() };
  });
}

const NOW = 1_790_000_000_000;
const ROOM = { now: NOW, caps: NO_CAPS };

const bucket = (key: string, limit: number): Bucket => ({
  key,
  intervalMs: 1_000,
  capacityMs: 1_000 * limit,
});
const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe.each(databases)('a code store in %s', (_, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  it('lets exactly as many of 200 attempts at once through as the narrowest limit says', async () => {
    const limits = [bucket('operator', 150), bucket('address', 31), bucket('all', 100)];
    const outcomes = await Promise.all(times(200, () => store.codes.takeAttempt(limits, NOW)));
    expect(outcomes.filter((full) => full === undefined)).toHaveLength(31);
    const refused = outcomes.filter((full) => full !== undefined);
    expect(refused.filter(({ key, retryAt }) => key === 'address' && retryAt === NOW + 1_000)).toHaveLength(
      169,
    );
    // What was refused was taken from none.
    const rest = times(80, () => store.codes.takeAttempt([bucket('all', 100)], NOW));
    expect((await Promise.all(rest)).filter((full) => full === undefined)).toHaveLength(69);
  });

  it('lets one of 100 changes at once make a version, and that one whole', async () => {
    const record = sampleRecord();
    await store.codes.insert(record, ROOM);
    const changes = times(100, (n) => ({
      ...record,
      version: 2,
      fencingToken: n,
      keyFingerprint: `key ${n}`,
    }));
    const done = await Promise.all(changes.map((change) => store.codes.replace(change)));
    expect(done.filter(Boolean)).toHaveLength(1);
    const winner = done.indexOf(true);
    expect(await store.codes.findById(record.id)).toMatchObject({
      version: 2,
      fencingToken: winner,
      keyFingerprint: `key ${winner}`,
    });
  });

  it('takes an entry that no longer counted for a new one, which has to find room', async () => {
    const caps = { ...NO_CAPS, overAll: 1 };
    const note = async (codeHash: string, at: number, since: number) => {
      const ask: Ask = { codeHash, address: 'x', addressPath: 'x', at };
      return (await store.codes.noteAsked(ask, { since, caps })).outcome;
    };
    expect(await note('old', 9, 0)).toBe('noted');
    expect(await note('new', 10, 10)).toBe('noted');
    expect(await note('old', 11, 10)).toBe('full');
    expect(await note('old', 21, 20)).toBe('noted');
    expect(await store.codes.asksAbout('old', 0)).toMatchObject([{ at: 21 }]);
  });

  it('finds the enrolment that has a code now, though the clock of one that had it was ahead', async () => {
    const ended = sampleRecord({ codeHash: 'c', state: 'expired', createdAt: NOW + 60_000, finishedAt: 1 });
    const current = sampleRecord({ codeHash: 'c', createdAt: NOW });
    expect((await store.codes.insert(ended, ROOM)).outcome).toBe('inserted');
    expect((await store.codes.insert(current, ROOM)).outcome).toBe('inserted');
    expect((await store.codes.findByCodeHash('c'))?.id).toBe(current.id);
  });

  it('reports an id that is taken as a fault, not as a code that is', async () => {
    const record = sampleRecord();
    await store.codes.insert(record, ROOM);
    await expect(store.codes.insert({ ...sampleRecord(), id: record.id }, ROOM)).rejects.toThrow();
    const next = await store.codes.insert(sampleRecord({ codeHash: 'other' }), ROOM);
    expect(next.outcome).toBe('inserted');
  });
});

it('a flood of refused attempts leaves nothing behind', async () => {
  const path = newPath();
  const { codes, close } = await openStore({ path, key: undefined });
  const all = bucket('all', 1);
  await codes.takeAttempt([all], NOW);
  const refused = await Promise.all(times(100, (n) => codes.takeAttempt([bucket(`${n}`, 1), all], NOW)));
  expect(refused).toEqual(times(100, () => ({ key: 'all', retryAt: NOW + 1_000 })));
  const reader = new DatabaseSync(path);
  expect(reader.prepare('select * from attempt_buckets').all()).toHaveLength(1);
  reader.close();
  await close();
});

describe('replicas on one PostgreSQL', () => {
  let url: Secret;
  let replicas: Store[];
  beforeEach(async () => {
    const { store, options } = await openPostgres();
    url = options.url;
    replicas = [store, await openStore(options), await openStore(options)];
  });
  afterEach(() => Promise.all(replicas.map((replica) => replica.close())));
  const oneOf = (n: number) => replicas[n % 3]!.codes;

  it('hold one limit', async () => {
    const outcomes = await Promise.all(times(200, (n) => oneOf(n).takeAttempt([bucket('all', 40)], NOW)));
    expect(outcomes.filter((full) => full === undefined)).toHaveLength(40);
  });

  it('take, give back and clear away at the same time, and never wait in a circle', async () => {
    const some = (n: number) => times(8, (m) => bucket(`k${(n * 5 + m * 3) % 16}`, 1_000));
    await Promise.all(
      times(300, async (n) => {
        if (n % 3 === 0) return oneOf(n).purgeAttempts(NOW);
        expect(await oneOf(n).takeAttempt(some(n), NOW)).toBeUndefined();
        await oneOf(n + 1).giveAttemptBack(some(n));
      }),
    );
  });

  it('clear away in the order in which attempts are taken, whatever order they find', async () => {
    const [store] = replicas;
    for (const key of ['b', 'a']) await store!.codes.giveAttemptBack([bucket(key, 1)]);
    const taker = new pg.Client({ connectionString: url.reveal() });
    await taker.connect();
    const take = (key: string) =>
      taker.query('update attempt_buckets set busy_until = busy_until where key = $1', [key]);
    await taker.query('begin');
    await take('a');
    const cleared = store!.codes.purgeAttempts(NOW);
    while ((await taker.query('select from pg_locks where not granted')).rowCount === 0);
    await take('b');
    await taker.query('commit');
    await cleared;
    await taker.end();
  });

  it('give one code to one enrolment', async () => {
    const same = times(60, () => sampleRecord({ codeHash: 'c' }));
    const outcomes = await Promise.all(same.map((record, n) => oneOf(n).insert(record, ROOM)));
    expect(outcomes.filter(({ outcome }) => outcome === 'inserted')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'code_taken')).toHaveLength(59);
  });

  it('hold one cap: no more wait than it says, however many ask at once', async () => {
    const caps = { ...NO_CAPS, overAll: 20, address: 8 };
    const many = times(200, (n) => {
      const record = sampleRecord({ originPath: `010.000.000.00${n % 5}`, dueAt: NOW + 1_000 + n });
      return oneOf(n).insert(record, { now: NOW, caps });
    });
    await Promise.all(many);
    const paths = (await oneOf(0).listPending({ now: NOW, network: '', offset: 0, limit: 99 })).records.map(
      ({ originPath }) => originPath,
    );
    expect(paths).toHaveLength(20);
    // Each has its share.
    for (const path of new Set(paths))
      expect(paths.filter((each) => each === path).length).toBeGreaterThanOrEqual(3);
    const asked = times(100, (n) => {
      const ask = {
        codeHash: `c${n}`,
        address: `10.0.0.${n % 5}`,
        addressPath: `010.000.000.00${n % 5}`,
        at: n,
      };
      return oneOf(n).noteAsked(ask, { since: 0, caps });
    });
    await Promise.all(asked);
    const entries = await Promise.all(times(100, (n) => oneOf(n).asksAbout(`c${n}`, 0)));
    expect(entries.flat()).toHaveLength(20);
  });

  it('let one of many at once wait for a key', async () => {
    const same = times(60, () => sampleRecord({ keyFingerprint: 'k'.repeat(43) }));
    const outcomes = await Promise.all(same.map((record, n) => oneOf(n).insert(record, ROOM)));
    expect(outcomes.every(({ outcome }) => outcome === 'inserted')).toBe(true);
    expect((await oneOf(0).countByState()).pending).toBe(1);
  });
});
