import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { failure } from './canned.js';
import { platform } from './platform.js';

const { emulator, clients, channels, newUser, newDomain } = await platform();
const call = await newDomain((await newUser()).token);
const stranger = { ...call, token: (await newUser()).token };

describe.each([
  ['clients', clients],
  ['channels', channels],
] as const)('%s', (service, entities) => {
  it('are created with the id that the caller chose, and found by it', async () => {
    const id = randomUUID();
    const metadata = { external_id: '33:52:77', deep: { a: [1] } };
    const created = await entities.create({ id, name: 'press-7', metadata, tags: ['line-a'] }, call);
    expect(created).toMatchObject({ id, name: 'press-7', metadata, tags: ['line-a'], status: 'enabled' });
    expect(created.createdAt).toMatch(/^20\d\d-/);
    expect(created.updatedAt).toBeUndefined();
    expect(await entities.find(id, call)).toMatchObject({ id });
    expect(await entities.view(id, call)).toMatchObject({ id, domainId: call.domainId });
    const { items, total } = await entities.list(
      { metadata: { deep: { a: [1] } }, tags: { all: ['line-a'] } },
      call,
    );
    expect(items.map((item) => item.id)).toContain(id);
    expect(total).toBeGreaterThan(0);
  });

  it('are created in bulk, all or none', async () => {
    const ids = [randomUUID(), randomUUID()];
    const made = await entities.createBulk(
      ids.map((id) => ({ id, name: id })),
      call,
    );
    expect(made.map(({ id }) => id)).toEqual(ids);
    const fresh = randomUUID();
    await expect(entities.createBulk([{ id: fresh }, { id: ids[0] }], call)).rejects.toThrow();
    expect(await entities.find(fresh, call)).toBeUndefined();
  });

  it('are changed, tagged, disabled and enabled', async () => {
    const { id } = await entities.create({ name: 'a' }, call);
    expect(await entities.update(id, { name: 'b', metadata: { x: 1 } }, call)).toMatchObject({ name: 'b' });
    expect(await entities.updateTags(id, ['t'], call)).toMatchObject({ tags: ['t'] });
    expect(await failure(entities.enable(id, call))).toBe('conflict status_already_assigned');
    expect(await entities.disable(id, call)).toMatchObject({ status: 'disabled' });
    expect(await failure(entities.update(id, { name: 'c' }, call))).toBe('not_found not_found');
    expect(await entities.find(id, call)).toMatchObject({ status: 'disabled' });
    expect(await entities.enable(id, call)).toMatchObject({ status: 'enabled' });
  });

  it('that do not exist look forbidden, and their removal confirmed', async () => {
    const id = randomUUID();
    expect(await failure(entities.view(id, call))).toBe('forbidden forbidden');
    expect(await failure(entities.remove(id, call))).toBe('forbidden forbidden');
    await expect(entities.removeConfirmed(id, call)).resolves.toBeUndefined();
  });

  it('are removed, even when the answer is lost every time', async () => {
    const { id } = await entities.create({}, call);
    emulator.faults.add({ service, operation: 'delete', action: 'drop_after', times: 3 });
    await entities.removeConfirmed(id, call);
    expect(await entities.find(id, call)).toBeUndefined();
  });

  it('that are not removed are not said to be', async () => {
    const { id } = await entities.create({}, call);
    emulator.faults.add({ service, operation: 'delete', action: 'refuse', status: 403 });
    expect(await failure(entities.removeConfirmed(id, call))).toBe('forbidden forbidden');
    expect(await entities.find(id, call)).toMatchObject({ id });
  });

  it('may exist after a create that failed, which is never repeated', async () => {
    const id = randomUUID();
    emulator.faults.add({ service, operation: 'create', action: 'fail_after' });
    expect(await failure(entities.create({ id }, call))).toBe('ambiguous server_error');
    expect(await entities.find(id, call)).toMatchObject({ id });
    const tries = emulator.calls().filter((made) => made.fault === 'fail_after');
    expect(tries.filter((made) => made.operation === `${service}.create`)).toHaveLength(1);
  });

  it.each([
    ['nothing', { viewed: undefined, listed: undefined }, true],
    ['row', { viewed: undefined, listed: undefined }, false],
    ['policies', { viewed: 'enabled', listed: undefined }, false],
    ['complete', { viewed: 'enabled', listed: 'enabled' }, false],
  ] as const)(
    'whose create was cut off with %s left show it, and their ids are free or not',
    async (leaves, shown, free) => {
      const id = randomUUID();
      emulator.faults.add({ service, operation: 'create', action: 'drop_during', leaves });
      expect(await failure(entities.create({ id }, call))).toBe('ambiguous connection_lost');
      expect(await entities.shown(id, call)).toEqual(shown);
      const before = emulator.inventory(call.domainId)[service].length;
      expect(await entities.areFree([randomUUID(), id], call)).toBe(free);
      expect(emulator.inventory(call.domainId)[service]).toHaveLength(before);
    },
  );

  it('without roles are never removed', async () => {
    const { id } = await entities.create({}, call);
    emulator.setFacts(service, id, { roles: false });
    expect(await failure(entities.remove(id, call))).toBe('conflict unremovable');
    expect(await entities.shown(id, call)).toEqual({ viewed: 'deleted', listed: undefined });
  });

  it('are gone, as far as can be seen, once they are marked as deleted', async () => {
    for (const leaves of ['deleted', 'unowned'] as const) {
      const { id } = await entities.create({}, call);
      emulator.faults.add({ service, operation: 'delete', action: 'drop_during', leaves });
      emulator.faults.add({ service, operation: 'delete', action: 'refuse', times: 2 });
      await entities.removeConfirmed(id, call);
      expect(await entities.find(id, call)).toBeUndefined();
      expect(await entities.shown(id, call)).toMatchObject({ listed: 'deleted' });
      emulator.faults.clear();
    }
  });

  it('are free or not for those only who may create them', async () => {
    expect(await failure(entities.areFree([randomUUID()], stranger))).toBe('forbidden forbidden');
  });

  it('are hidden from strangers, who see an empty page', async () => {
    const { id } = await entities.create({}, call);
    expect(await failure(entities.view(id, stranger))).toBe('forbidden forbidden');
    expect(await entities.find(id, stranger)).toBeUndefined();
  });

  it('in an unknown domain are not found', async () =>
    expect(await failure(entities.create({}, { ...call, domainId: randomUUID() }))).toBe(
      'not_found not_found',
    ));

  it('are refused before anything is sent when no path can address their id', async () => {
    const before = emulator.calls().length;
    await expect(entities.view('a/b', call)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'invalid_path_segment',
    });
    expect(emulator.calls()).toHaveLength(before);
  });

  it('say who serves them', async () =>
    expect(await entities.health()).toMatchObject({ description: `${service} service` }));
});

describe('a client', () => {
  it('keeps the secret that the caller chose, and gets one otherwise', async () => {
    const secret = new Secret(randomUUID());
    const chosen = await clients.create({ credentials: { identity: 'press', secret } }, call);
    expect(chosen.credentials.secret?.reveal()).toBe(secret.reveal());
    expect(chosen.credentials.identity).toBe('press');
    expect((await clients.create({}, call)).credentials.secret?.reveal()).toBeTruthy();
  });

  it('cannot have the secret of another', async () => {
    const secret = new Secret(randomUUID());
    await clients.create({ credentials: { secret } }, call);
    expect(await failure(clients.create({ credentials: { secret } }, call))).toBe(
      'conflict client_secret_taken',
    );
  });

  it('with an id that is taken may be one of an earlier try', async () => {
    const { id } = await clients.create({}, call);
    expect(await failure(clients.create({ id }, call))).toBe('ambiguous create_failed');
  });

  it('holds its secret also where no one sees it', async () => {
    const secret = new Secret(randomUUID());
    expect(await clients.isSecretTaken(secret, call)).toBe(false);
    emulator.faults.add({ operation: 'clients.create', action: 'drop_during', leaves: 'row' });
    await failure(clients.create({ credentials: { secret } }, call));
    const before = emulator.inventory(call.domainId).clients.length;
    expect(await clients.isSecretTaken(secret, call)).toBe(true);
    expect(emulator.inventory(call.domainId).clients).toHaveLength(before);
  });

  it('gets a new secret, which the answer does not show', async () => {
    const { id } = await clients.create({}, call);
    const secret = new Secret(randomUUID());
    expect((await clients.updateSecret(id, secret, call)).credentials.secret).toBeUndefined();
    expect((await clients.view(id, call)).credentials.secret?.reveal()).toBe(secret.reveal());
  });
});

describe('a channel', () => {
  it('with an id or route that is taken is a conflict', async () => {
    const route = `r${randomUUID().slice(0, 8)}`;
    const { id } = await channels.create({ route }, call);
    expect(await failure(channels.create({ id }, call))).toBe('conflict channel_id_taken');
    expect(await failure(channels.create({ route }, call))).toBe('conflict route_taken');
  });
});
