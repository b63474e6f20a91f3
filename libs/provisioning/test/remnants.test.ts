import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Leftover } from '../src/index.js';
import { sortOut } from '../src/saga/sort-out.js';
import { EMPTY_JOURNAL, World, dieAt, failure, settle } from './harness.js';

const all = { domainId: 'plant', offset: 0, limit: 9, acknowledged: false };

/** A world whose process has died at a call, and whose clients, or channels, no one can remove. */
async function worldWith(how: 'shown' | 'hidden', kind: 'clients' | 'channels'): Promise<World> {
  const world = new World();
  const created = kind === 'clients' ? 'createClients' : 'createChannels';
  const died = dieAt(world, created, 'after');
  void world.process().provision(world.call());
  await died;
  await settle();
  for (const id of world.platform[kind].keys()) world.platform.unremovable.set(id, how);
  return world;
}

/** Lets so many seconds pass, one after the other. */
async function pass(world: World, seconds: number): Promise<void> {
  for (let n = 0; n < seconds; n++) {
    world.clock.advance(1_000);
    await settle();
  }
}

describe('what the platform can never remove', () => {
  it.each([
    ['shown', 'clients'],
    ['hidden', 'clients'],
    ['shown', 'channels'],
    ['hidden', 'channels'],
  ] as const)('%s, is put on record once, and %s are tried no more', async (how, kind) => {
    const world = await worldWith(how, kind);
    const ids = [...world.platform.unremovable.keys()];
    await world.recover();
    const things = ids.map((id) => `${kind.slice(0, -1)} ${id}`);
    expect(world.reported).toEqual(things);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
    const { total, runs } = await world.remnants.list(all);
    expect(total).toBe(1);
    expect(runs[0]!.items.map(({ type, id }) => `${type} ${id}`)).toEqual(things);
    expect(runs[0]!.items[0]!.reason).toContain('nobody can remove it');

    world.platform.calls.length = 0;
    await world.recover();
    expect(world.platform.calls).toEqual([]);
    expect(world.reported).toEqual(things);
  });

  it('counts as left until it has been looked at twice, apart by the time in which calls may land', async () => {
    const world = await worldWith('shown', 'clients');
    const process = world.process();
    process.start();
    await pass(world, 20);
    // Refused, and refused once more soon after: a check may have missed what was just written.
    expect(await world.journal.unfinished({ domainId: 'plant', offset: 0, limit: 9 })).toMatchObject({
      runs: [{ attempts: 2, items: [{ type: 'client' }] }],
    });
    expect(await world.journal.counts()).toMatchObject({ removing: 1, leftovers: 1 });
    await pass(world, 90);
    expect(world.reported).toEqual([]);
    await pass(world, 40);
    expect(world.reported).toHaveLength(1);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
    await process.close(0);
  });

  it('is no remnant where it could be removed after all', async () => {
    const world = await worldWith('shown', 'clients');
    const process = world.process();
    process.start();
    await pass(world, 20);
    world.platform.unremovable.clear();
    await process.close(0);
    await world.recover();
    expect(world.reported).toEqual([]);
    expect(world.platform.size).toBe(0);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('is put on record while other things are still being removed, and reported once all the same', async () => {
    const world = new World();
    for (const kind of ['clients', 'channels'] as const) world.platform[kind].set(kind, { id: kind });
    world.platform.unremovable.set('clients', 'shown');
    world.platform.interfere = (operation, when) => {
      if (operation === 'removeChannel' && when === 'before') throw failure('unavailable');
    };
    const removing = world.process().remove({
      domainId: 'plant',
      token: new Secret('caller'),
      externalId: '33:52:77:99:43',
      runId: 'complete',
      clientIds: ['clients'],
      channelIds: ['channels'],
      configurationId: undefined,
    });
    expect((await removing).map(({ type }) => type)).toEqual(['client', 'channel']);
    await world.recover();
    expect(await world.journal.unfinished({ domainId: 'plant', offset: 0, limit: 9 })).toMatchObject({
      runs: [{ items: [{ type: 'channel' }] }],
    });
    expect(world.reported).toEqual(['client clients']);
    world.platform.interfere = () => undefined;
    await world.recover();
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
    expect(world.reported).toEqual(['client clients']);
    expect((await world.remnants.list(all)).total).toBe(1);
  });

  it('is told to the caller as left, where the run failed at once', async () => {
    const world = new World();
    world.platform.interfere = (operation, when) => {
      if (operation !== 'connect' || when !== 'before') return;
      for (const id of world.platform.clients.keys()) world.platform.unremovable.set(id, 'shown');
      throw failure('unavailable');
    };
    await expect(world.process().provision(world.call())).rejects.toMatchObject({
      leftovers: [{ type: 'client', reason: 'nobody can remove it (shown)' }],
    });
  });
});

describe('what was created by a call that was answered', () => {
  it('is not looked for where nothing shows it', async () => {
    const world = new World();
    world.platform.interfere = (operation, when) => {
      if (operation !== 'connect' || when !== 'before') return;
      for (const id of world.platform.clients.keys()) world.platform.unremovable.set(id, 'hidden');
      throw failure('unavailable');
    };
    await expect(world.process().provision(world.call())).rejects.toMatchObject({ leftovers: [] });
  });
});

describe('a certificate that its issuer does not list under its client', () => {
  async function diedIssuing(): Promise<World> {
    const world = new World({ settings: { x509: true } });
    const died = dieAt(world, 'issueCertificate', 'after');
    void world.process().provision(world.call());
    await died;
    await settle();
    for (const serial of world.platform.certificates.keys()) world.platform.unlisted.add(serial);
    return world;
  }

  it('is found and revoked', async () => {
    const world = await diedIssuing();
    expect(world.platform.unlisted.size).toBe(1);
    await world.recover();
    expect([...world.platform.certificates.values()].map(({ revoked }) => revoked)).toEqual([true]);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
    expect(world.reported).toEqual([]);
  });

  it('is put on record where it can never be searched for', async () => {
    const world = await diedIssuing();
    world.platform.interfere = (operation) => {
      if (operation === 'unlistedCertificatesOf') throw failure('unavailable');
    };
    await world.recover();
    expect(world.reported).toEqual(['certificate ']);
    const { runs } = await world.remnants.list(all);
    expect(runs[0]!.items[0]!.reason).toContain('could not be searched for');
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });

  it('is not searched for where every certificate of the run is known', async () => {
    const world = new World({ settings: { x509: true } });
    world.fail('updateMetadata', 'before', 'unavailable');
    await expect(world.process().provision(world.call())).rejects.toMatchObject({ leftovers: [] });
    expect(world.platform.calls).not.toContain('unlistedCertificatesOf');
  });
});

describe('sortOut', () => {
  const times = { now: 1_000_000, settleMs: 1_000 };
  const found = { type: 'client', id: 'c', reason: 'refused', unremovable: true } as const;
  const before = (unremovableSince: number): Leftover => ({ ...found, unremovableSince });

  it('notes when something was first refused for good', () => {
    expect(sortOut([found], [], times)).toEqual([
      { type: 'client', id: 'c', reason: 'refused', unremovableSince: 1_000_000 },
    ]);
  });

  it('keeps that time, and takes it for a remnant once calls have landed, clocks apart a little', () => {
    const since = (ms: number) => sortOut([found], [before(times.now - ms)], times)[0]!;
    expect(since(800)).toMatchObject({ unremovableSince: 999_200 });
    expect(since(800).isRemnant).toBeUndefined();
    expect(since(901).isRemnant).toBe(true);
  });

  it('begins anew where it was not refused for good in between', () => {
    const { unremovable: _, ...refused } = found;
    const between = sortOut([refused], [before(0)], times);
    expect(between).toEqual([{ type: 'client', id: 'c', reason: 'refused' }]);
    expect(sortOut([found], between, times)[0]).toMatchObject({ unremovableSince: times.now });
  });

  it('tells things without an id apart by what is said of them', () => {
    const unnamed = (reason: string) => ({ ...found, id: '', reason });
    const [a, b] = sortOut(
      [unnamed('of a'), unnamed('of b')],
      [{ ...unnamed('of a'), unremovableSince: 0 }],
      times,
    );
    expect([a!.isRemnant, b!.isRemnant]).toEqual([true, undefined]);
  });
});
