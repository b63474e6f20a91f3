import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Left } from '@org/magistrala-emulator';
import type { PlatformSession, Remaining } from '@org/provisioning';
import { openWorld } from './world.js';

let world: Awaited<ReturnType<typeof openWorld>>;
let owner: PlatformSession;
let admin: PlatformSession;
beforeAll(async () => {
  world = await openWorld();
  owner = world.session(world.tokens.owner);
  admin = world.session(world.tokens.admin);
});
afterAll(() => world.close());
afterEach(() => world.emulator.faults.clear());

const client = () => ({ id: randomUUID(), name: 'press', secret: randomUUID(), metadata: {} });

/** What differs between clients and channels. */
const KINDS = {
  clients: {
    create: (session: PlatformSession, things: ReturnType<typeof client>[]) => session.createClients(things),
    remove: (session: PlatformSession, id: string) => session.removeClient(id),
    remaining: (session: PlatformSession, things: ReturnType<typeof client>[], mayBeHidden: boolean) =>
      session.remainingClients({ things, mayBeHidden }),
  },
  channels: {
    create: (session: PlatformSession, things: ReturnType<typeof client>[]) => session.createChannels(things),
    remove: (session: PlatformSession, id: string) => session.removeChannel(id),
    remaining: (session: PlatformSession, things: ReturnType<typeof client>[], mayBeHidden: boolean) =>
      session.remainingChannels({ things, mayBeHidden }),
  },
};

/** Why it is there for ever; `removable` while it may be removed. */
const why = (remaining: readonly Remaining[]) =>
  remaining.map(
    ({ unremovable = 'removable' }) => /no permissions|no roles|neither|removable/.exec(unremovable)?.[0],
  );

describe.each(['clients', 'channels'] as const)('%s', (kind) => {
  const { create, remove, remaining } = KINDS[kind];

  async function cutCreate(leaves: Left) {
    const things = [client(), client()];
    world.emulator.faults.add({ operation: `${kind}.create_bulk`, action: 'drop_during', leaves });
    await expect(create(owner, things)).rejects.toMatchObject({ kind: 'ambiguous' });
    return things;
  }

  it.each([
    ['nothing', []],
    ['complete', ['removable', 'removable']],
    ['row', ['neither', 'neither']],
    ['policies', ['no roles', 'no roles']],
  ] as const)('whose create was cut off with %s left', async (leaves, reasons) => {
    const things = await cutCreate(leaves);
    expect(why(await remaining(owner, things, true))).toEqual(reasons);
  });

  it('that nothing shows are not looked for where their create was answered', async () => {
    expect(await remaining(owner, await cutCreate('row'), false)).toEqual([]);
  });

  it('that only one of two shows are told apart', async () => {
    const [hidden] = await cutCreate('row');
    expect(await remaining(owner, [client(), hidden!], true)).toMatchObject([{ id: hidden!.id }]);
  });

  it.each([
    ['nothing', ['removable'], []],
    ['deleted', ['removable'], []],
    ['unowned', ['no permissions'], ['no permissions']],
    ['complete', [], []],
  ] as const)(
    'whose delete was cut off with %s done, before and after another',
    async (leaves, before, after) => {
      const thing = client();
      await create(owner, [thing]);
      world.emulator.faults.add({ operation: `${kind}.delete`, action: 'drop_during', leaves });
      // The one that was cut, and no repeat of it.
      world.emulator.faults.add({ operation: `${kind}.delete`, action: 'refuse', status: 501, times: 2 });
      await remove(owner, thing.id).catch(() => undefined);
      world.emulator.faults.clear();
      expect(why(await remaining(owner, [thing], true))).toEqual(before);
      await remove(owner, thing.id);
      expect(why(await remaining(owner, [thing], true))).toEqual(after);
    },
  );

  it('without roles are refused for good also to a platform administrator, whose list shows them', async () => {
    const [thing] = await cutCreate('policies');
    await expect(remove(admin, thing!.id)).rejects.toMatchObject({ code: 'unremovable' });
  });

  it('are not said to be hidden where the database fails', async () => {
    if (kind === 'channels') return;
    const things = [client()];
    const body = '{"message":"failed to create entity"}';
    world.emulator.faults.add({
      operation: 'clients.create_bulk',
      action: 'refuse',
      status: 422,
      body,
      times: null,
    });
    await expect(remaining(owner, things, true)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('are looked for by view and list alone where the caller may not create', async () => {
    const reader = world.session(world.tokens.reader);
    expect(await remaining(reader, [client()], true)).toEqual([]);
  });
});

describe('a certificate', () => {
  const issue = async (leaves: Left) => {
    const clientId = randomUUID();
    world.emulator.faults.add({ operation: 'certs.issue', action: 'drop_during', leaves });
    const order = { clientId, commonName: clientId, ttl: '24h' };
    await expect(owner.issueCertificate(order)).rejects.toMatchObject({ kind: 'ambiguous' });
    return clientId;
  };

  it('that was issued and never noted down is found by its subject, and revoked', async () => {
    await issue('unlinked');
    const clientId = await issue('unlinked');
    expect(await owner.certificatesOf(clientId)).toEqual([]);
    const [serial, ...more] = await owner.unlistedCertificatesOf(clientId);
    expect(more).toEqual([]);
    await owner.revokeCertificate(serial!);
    expect(await owner.unlistedCertificatesOf(clientId)).toEqual([]);
  });

  it.each(['nothing', 'complete'] as const)('is not unlisted with %s done', async (leaves) => {
    expect(await owner.unlistedCertificatesOf(await issue(leaves))).toEqual([]);
  });
});

it('that a removal left with status deleted is no gateway', async () => {
  const thing = { ...client(), metadata: { external_id: 'gw-9' } };
  await owner.createClients([thing]);
  expect(await owner.findGatewayClients('gw-9')).toEqual([thing.id]);
  world.emulator.setFacts('clients', thing.id, { status: 'deleted' });
  expect(await owner.findGatewayClients('gw-9')).toEqual([]);
  expect((await owner.viewClients([thing.id])).size).toBe(0);
});
