import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { newChannel, newClient } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const CHANNELS = '/{domain}/channels';
const FORBIDDEN = message('failed to perform authorization over the entity');

interface Channel {
  readonly id: string;
}

const create = async (json: unknown) => {
  const answer = await bench.asOwner('channels', 'POST', CHANNELS, { json });
  if (answer.status === 201) bench.later('channels', 'DELETE', `${CHANNELS}/${answer.read<Channel>().id}`);
  return answer;
};
const bulk = async (json: unknown) => {
  const answer = await bench.asOwner('channels', 'POST', `${CHANNELS}/bulk`, { json });
  if (answer.status === 200) {
    for (const { id } of answer.read<{ channels: Channel[] }>().channels) {
      bench.later('channels', 'DELETE', `${CHANNELS}/${id}`);
    }
  }
  return answer;
};
const on = (method: string, id: string, path = '', json?: unknown) =>
  bench.asOwner('channels', method, `${CHANNELS}/${id}${path}`, { ...(json !== undefined && { json }) });
const list = (query: string, token = bench.owner.token) =>
  bench.call('channels', 'GET', `${CHANNELS}?${query}`, { token });

describe('creating channels (wire §3.1)', () => {
  it('honours an id, which need not be a UUID', async () => {
    const id = fresh('press').slice(0, 36);
    const route = fresh('r');
    const json = { id, name: 'control', route, metadata: { type: 'control' }, tags: ['a'] };
    const answer = await create(json);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/channels/${id}`);
    expect(answer.json).toMatchObject({ ...json, domain_id: bench.domain, status: 'enabled' });
  });

  it.each([
    ['missing channel id', { id: '  ' }],
    ['invalid name size', { name: 'x'.repeat(1025) }],
    ['invalid route format', { route: '1abc' }],
    ['invalid route format', { route: 'a--b' }],
    ['invalid route format', { route: 'a'.repeat(37) }],
    ['invalid route format', { route: 'abcdef00-0000-4000-8000-000000000000' }],
    ['invalid status', { status: '' }],
    ['invalid status', { status: 'deleted' }],
  ])('refuses with 400 "%s"', async (text, json) => {
    const answer = await create(json);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });

  it('calls a taken id and a taken route 400, and a long id 422', async () => {
    const route = fresh('r');
    const id = await newChannel(bench, { route });
    const sameId = await create({ id });
    expect([sameId.status, sameId.text]).toStrictEqual([400, message('channel id already exists')]);
    const sameRoute = await create({ route });
    expect([sameRoute.status, sameRoute.text]).toStrictEqual([400, message('route not available')]);
    expect((await create({ id: 'x'.repeat(37) })).status).toBe(422);
  });

  it('takes names twice, and checks the permission on a parent', async () => {
    expect((await create({ name: 'twice' })).status).toBe(201);
    expect((await create({ name: 'twice' })).status).toBe(201);
    expect((await create({ parent_group_id: randomUUID() })).status).toBe(403);
  });

  it('makes all of a bulk or none, with 200 and a total', async () => {
    const ids = [randomUUID(), randomUUID()];
    const answer = await bulk(ids.map((id) => ({ id, name: 'c' })));
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ total: 2, channels: ids.map((id) => ({ id })) });
    const good = randomUUID();
    expect((await bulk([{ id: good }, { id: ids[0] }])).status).toBe(400);
    expect((await on('GET', good)).status).toBe(403);
    expect((await bulk([])).text).toBe(message('empty list provided'));
  });
});

describe('viewing and changing channels (wire §3.1)', () => {
  it('updates, tags, disables and enables', async () => {
    const id = await newChannel(bench, { metadata: { a: 1 } });
    expect((await on('PATCH', id, '', { metadata: { b: 2 } })).json).toMatchObject({
      id,
      metadata: { b: 2 },
    });
    expect((await on('PATCH', id, '/tags', { tags: ['t'] })).json).toMatchObject({ tags: ['t'] });
    expect((await on('POST', id, '/enable')).text).toBe(message('status already assigned'));
    expect((await on('POST', id, '/disable')).json).toMatchObject({ status: 'disabled' });
    expect((await on('PATCH', id, '', { name: 'x' })).status).toBe(404);
    expect((await on('POST', id, '/enable')).json).toMatchObject({ status: 'enabled' });
  });

  it('deletes once; then it is 403', async () => {
    const id = await newChannel(bench);
    expect((await on('DELETE', id)).status).toBe(204);
    for (const again of [await on('DELETE', id), await on('GET', id)]) {
      expect([again.status, again.text]).toStrictEqual([403, FORBIDDEN]);
    }
  });

  it('calls an unknown domain 404 only when it creates', async () => {
    const domain = randomUUID();
    const id = await newChannel(bench);
    expect((await bench.asOwner('channels', 'POST', `/${domain}/channels`, { json: {} })).status).toBe(404);
    expect((await bench.asOwner('channels', 'GET', `/${domain}/channels/${id}`)).status).toBe(403);
    expect((await bench.asOwner('channels', 'GET', `/${domain}/channels`)).json).toMatchObject({ total: 0 });
  });

  it('lists like clients do, but refuses an empty status', async () => {
    const id = await newChannel(bench, { metadata: { type: 'data', mark: fresh('m') } });
    expect((await list(`id=${id}`)).json).toMatchObject({ total: 1, channels: [{ id }] });
    expect((await list('', bench.stranger.token)).json).toStrictEqual({ limit: 10, total: 0 });
    expect((await list('status=')).text).toBe(message('invalid status'));
    expect((await list('limit=101')).text).toBe(message('invalid limit size'));
    expect((await list('connection_type=nonsense')).status).toBe(400);
  });
});

describe('connecting (wire §3.2)', () => {
  const connections = async (client: string, channel: string) => {
    const { channels = [] } = (await list(`client=${client}&id=${channel}`)).read<{
      channels?: { connection_types: string[] }[];
    }>();
    return channels[0]?.connection_types ?? [];
  };
  const connect = (json: unknown) => bench.asOwner('channels', 'POST', `${CHANNELS}/connect`, { json });
  const disconnect = (json: unknown) => bench.asOwner('channels', 'POST', `${CHANNELS}/disconnect`, { json });
  const pair = async () => ({ client: await newClient(bench), channel: await newChannel(bench) });

  it('connects every channel with every client for every type, with an empty 201', async () => {
    const [a, b] = [await pair(), await pair()];
    const answer = await connect({
      channel_ids: [a.channel, b.channel],
      client_ids: [a.client, b.client],
      types: ['PUBLISH', 'subscribe'],
    });
    expect([answer.status, answer.text]).toStrictEqual([201, '']);
    for (const client of [a.client, b.client]) {
      for (const channel of [a.channel, b.channel]) {
        expect((await connections(client, channel)).sort()).toStrictEqual(['Publish', 'Subscribe']);
      }
    }
  });

  it('adds nothing when one connection is there already', async () => {
    const { client, channel } = await pair();
    const json = { channel_ids: [channel], client_ids: [client], types: ['publish'] };
    expect((await connect(json)).status).toBe(201);
    const again = await connect({ ...json, types: ['publish', 'subscribe'] });
    expect([again.status, again.text]).toStrictEqual([400, message('entity already exists')]);
    expect(await connections(client, channel)).toStrictEqual(['Publish']);
  });

  it('disconnects as often as one likes', async () => {
    const { client, channel } = await pair();
    const json = { channel_ids: [channel], client_ids: [client], types: ['publish', 'subscribe'] };
    await connect(json);
    for (const answer of [await disconnect(json), await disconnect(json)]) {
      expect([answer.status, answer.text]).toStrictEqual([204, '']);
    }
    expect(await connections(client, channel)).toStrictEqual([]);
  });

  it('does the same for one channel', async () => {
    const { client, channel } = await pair();
    const json = { client_ids: [client], types: ['subscribe'] };
    const connected = await on('POST', channel, '/connect', json);
    expect([connected.status, connected.text]).toStrictEqual([201, '']);
    expect((await on('POST', channel, '/connect', json)).text).toBe(message('entity already exists'));
    expect(await connections(client, channel)).toStrictEqual(['Subscribe']);
    expect((await on('POST', channel, '/disconnect', json)).status).toBe(204);
    expect(await connections(client, channel)).toStrictEqual([]);
  });

  it('forgets connections with their client and their channel', async () => {
    const { client, channel } = await pair();
    const json = { channel_ids: [channel], client_ids: [client], types: ['publish'] };
    await connect(json);
    await bench.asOwner('clients', 'DELETE', `/{domain}/clients/${client}`);
    expect(await connections(client, channel)).toStrictEqual([]);
  });

  it('shows connected clients, but cannot filter them by type', async () => {
    const { client, channel } = await pair();
    await connect({ channel_ids: [channel], client_ids: [client], types: ['publish'] });
    const path = `/{domain}/clients?channel=${channel}`;
    expect((await bench.asOwner('clients', 'GET', path)).json).toMatchObject({
      total: 1,
      clients: [{ id: client, connection_types: ['Publish'] }],
    });
    expect((await bench.asOwner('clients', 'GET', `${path}&connection_type=publish`)).status).toBe(422);
    expect((await list(`client=${client}&connection_type=publish`)).json).toMatchObject({ total: 1 });
    expect((await list(`client=${client}&connection_type=subscribe`)).json).toMatchObject({ total: 0 });
  });

  const id = randomUUID();
  it.each([
    ['missing entity id', { client_ids: [id], types: ['publish'] }],
    ['missing entity id', { channel_ids: [id], types: ['publish'] }],
    ['missing connection type', { channel_ids: [id], client_ids: [id] }],
    ['missing channel id', { channel_ids: [' '], client_ids: [id], types: ['publish'] }],
    ['missing channel id', { channel_ids: [id], client_ids: [' '], types: ['publish'] }],
    [
      'request body is not a valid JSON, expecting a valid JSON',
      { channel_ids: [id], client_ids: [id], types: [1] },
    ],
    [
      'request body is not a valid JSON, expecting a valid JSON',
      { channel_ids: [id], client_ids: [id], types: ['x'] },
    ],
  ])('refuses to connect with 400 "%s"', async (text, json) => {
    const answer = await connect(json);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });

  it('wants UUIDs where it looks at them: not in connect, but in the other three', async () => {
    const bad = { client_ids: ['x'], types: ['publish'] };
    const invalid = message('invalid id format provided');
    expect((await connect({ ...bad, channel_ids: ['x'] })).status).toBe(403);
    expect((await disconnect({ ...bad, channel_ids: [id] })).text).toBe(invalid);
    expect((await disconnect({ ...bad, channel_ids: ['x'], client_ids: [id] })).text).toBe(invalid);
    expect((await on('POST', id, '/connect', bad)).text).toBe(invalid);
    expect((await on('POST', 'x', '/disconnect', { ...bad, client_ids: [id] })).text).toBe(invalid);
  });

  it('calls unknown ids 403, disabled ones 422', async () => {
    const { client, channel } = await pair();
    const json = { channel_ids: [channel], client_ids: [client], types: ['publish'] };
    for (const unknown of [{ channel_ids: [id] }, { client_ids: [id] }]) {
      const answer = await connect({ ...json, ...unknown });
      expect([answer.status, answer.text]).toStrictEqual([403, FORBIDDEN]);
    }
    await on('POST', channel, '/disable');
    const disabled = await connect(json);
    expect([disabled.status, disabled.text]).toStrictEqual([422, message('failed to create entity')]);
  });

  it('keeps domains apart, even for the platform administrator', async () => {
    const { client, channel } = await pair();
    const elsewhere = await bench.newDomain(bench.owner.token);
    const json = { channel_ids: [channel], client_ids: [client], types: ['publish'] };
    const path = `/${elsewhere}/channels/connect`;
    expect((await bench.asOwner('channels', 'POST', path, { json })).status).toBe(403);
    expect((await bench.call('channels', 'POST', path, { json, token: bench.admin })).status).toBe(422);
  });
});
