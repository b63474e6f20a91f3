import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld } from './world.js';

let world: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
afterEach(() => {
  world.emulator.faults.clear();
  world.emulator.setStaleChecks({ chance: 0, ms: 0 });
});

const client = () => ({ id: randomUUID(), name: 'press', secret: randomUUID(), metadata: {} });
const tries = (operation: string) =>
  world.emulator.calls().filter((call) => call.operation === operation).length;

describe('a check of permissions that misses what the session has just created', () => {
  it('is made again, for connections, metadata and bindings', async () => {
    world.emulator.setStaleChecks({ chance: 1, ms: 80 });
    const session = world.session(world.tokens.owner);
    const [a, b] = [client(), client()];
    await Promise.all([session.createClients([a]), session.createChannels([b])]);
    world.emulator.clearCalls();
    await session.connect([a.id], [b.id]);
    expect(tries('channels.connect')).toBeGreaterThan(1);
    const c = client();
    await session.createClients([c]);
    world.emulator.clearCalls();
    await session.updateMetadata(c, { press: 7 });
    expect(tries('clients.update')).toBeGreaterThan(1);
  });

  it('is made again where bootstrap says "not found" of what it may not read', async () => {
    const session = world.session(world.tokens.owner);
    const url = `${world.emulator.urls.bootstrap}/${world.domain.id}/clients/bootstrap/profiles`;
    const slots = [{ name: 'mqtt', type: 'client', required: true }];
    const profile = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.tokens.owner}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: randomUUID(), binding_slots: slots }),
    });
    const { id: profileId } = (await profile.json()) as { id: string };
    const configuration = await session.createConfiguration({
      runId: randomUUID(),
      name: randomUUID(),
      externalId: randomUUID(),
      externalKey: 'k',
      content: undefined,
      profileId,
      renderContext: {},
    });
    world.emulator.setStaleChecks({ chance: 1, ms: 80 });
    const a = client();
    await session.createClients([a]);
    world.emulator.clearCalls();
    await session.bind(configuration, [{ slot: 'mqtt', type: 'client', resourceId: a.id }]);
    expect(tries('bootstrap.bind')).toBeGreaterThan(1);
  });

  it('is believed after three repeats', async () => {
    world.emulator.setStaleChecks({ chance: 1, ms: 60_000 });
    const session = world.session(world.tokens.owner);
    const [a, b] = [client(), client()];
    await Promise.all([session.createClients([a]), session.createChannels([b])]);
    world.emulator.clearCalls();
    await expect(session.connect([a.id], [b.id])).rejects.toMatchObject({ kind: 'forbidden' });
    expect(tries('channels.connect')).toBe(4);
  });

  it('is believed at once by a session that has created nothing', async () => {
    world.emulator.clearCalls();
    const session = world.session(world.tokens.owner);
    await expect(session.connect([randomUUID()], [randomUUID()])).rejects.toMatchObject({
      kind: 'forbidden',
    });
    expect(tries('channels.connect')).toBe(1);
  });

  it('is not waited for by a caller that has left', async () => {
    world.emulator.setStaleChecks({ chance: 1, ms: 60_000 });
    const session = world.session(world.tokens.owner);
    const [a, b] = [client(), client()];
    await Promise.all([session.createClients([a]), session.createChannels([b])]);
    const leaving = new AbortController();
    const refused = world.emulator.faults.add({ operation: 'channels.connect', action: 'delay', delayMs: 1 });
    const connecting = session.connect([a.id], [b.id], leaving.signal);
    await refused.waitForHit();
    leaving.abort();
    await expect(connecting).rejects.toThrow();
    expect(tries('channels.connect')).toBeLessThan(4);
  });
});
