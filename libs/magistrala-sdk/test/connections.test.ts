import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type ChannelConnections } from '../src/index.js';
import { failure } from './canned.js';
import { platform } from './platform.js';

const { emulator, clients, channels, newUser, newDomain } = await platform();
const call = await newDomain((await newUser()).token);

async function unconnected(): Promise<ChannelConnections> {
  const made = await channels.createBulk([{}, {}], call);
  const { id } = await clients.create({}, call);
  return { channelIds: made.map((channel) => channel.id), clientIds: [id], types: ['publish', 'subscribe'] };
}

/** The channels that the client may use in this way. */
const connected = async ({ clientIds }: ChannelConnections, connectionType: 'publish' | 'subscribe') =>
  (await channels.list({ clientId: clientIds[0], connectionType }, call)).items.map(({ id }) => id).sort();

const expectAll = async (connections: ChannelConnections) => {
  for (const type of ['publish', 'subscribe'] as const) {
    expect(await connected(connections, type)).toEqual([...connections.channelIds].sort());
  }
};

describe('connect', () => {
  it('connects every client with every channel in every way', async () => {
    const connections = await unconnected();
    await channels.connect(connections, call);
    await expectAll(connections);
  });

  it('connects nothing when one connection exists', async () => {
    const connections = await unconnected();
    const { clientIds } = connections;
    await channels.connectChannel(connections.channelIds[0]!, { clientIds, types: ['publish'] }, call);
    expect(await failure(channels.connect(connections, call))).toBe('conflict already_connected');
    expect(await connected(connections, 'publish')).toEqual([connections.channelIds[0]]);
    expect(await connected(connections, 'subscribe')).toEqual([]);
  });

  it('of what is disabled does not say clearly that it failed', async () => {
    const connections = await unconnected();
    await clients.disable(connections.clientIds[0]!, call);
    expect(await failure(channels.connect(connections, call))).toBe('ambiguous create_failed');
  });

  it('of what does not exist is forbidden', async () => {
    const connections = { ...(await unconnected()), clientIds: [randomUUID()] };
    expect(await failure(channels.connect(connections, call))).toBe('forbidden forbidden');
  });
});

describe('connectEach', () => {
  it('makes the connections that are missing', async () => {
    const connections = await unconnected();
    await channels.connect({ ...connections, types: ['publish'] }, call);
    await channels.connectEach(connections, call);
    await channels.connectEach(connections, call);
    await expectAll(connections);
  });

  it('fails when one of them fails', async () => {
    const connections = await unconnected();
    emulator.faults.add({ operation: 'channels.connect', action: 'refuse', nth: 2 });
    expect(await failure(channels.connectEach(connections, call))).toBe('ambiguous server_error');
  });
});

describe('reconnect', () => {
  it.each(['fail_after', 'drop_after', 'refuse'] as const)(
    'mends a connect that ended in %s',
    async (action) => {
      const connections = await unconnected();
      emulator.faults.add({ operation: 'channels.connect', action });
      expect(await failure(channels.connect(connections, call))).toMatch(/^ambiguous/);
      await channels.reconnect(connections, call);
      await expectAll(connections);
    },
  );
});

describe('disconnect', () => {
  it('may be repeated', async () => {
    const connections = await unconnected();
    await channels.connect(connections, call);
    emulator.faults.add({ operation: 'channels.disconnect', action: 'drop_after' });
    await channels.disconnect(connections, call);
    expect(await connected(connections, 'publish')).toEqual([]);
    const { channelIds, clientIds, types } = connections;
    await channels.disconnectChannel(channelIds[0]!, { clientIds, types }, call);
  });
});
