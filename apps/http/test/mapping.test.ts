import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, type World, gateway, openWorld, send, startApp } from './app.js';

let world: World;
let app: RunningApp;
let mapping: string;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, {
    MG_PROVISION_X509_PROVISIONING: 'true',
  });
  mapping = `${app.url}/${world.domainId}/mapping`;
});
afterEach(() => world.emulator.faults.clear());
afterAll(async () => {
  await app.close();
  await world.close();
});

const post = (body: string | object, more: Parameters<typeof send>[1] = {}) =>
  send(mapping, { token: world.tokens.owner, body, ...more });

interface Mapping {
  clients: {
    id: string;
    key: string;
    name: string;
    metadata: Record<string, string>;
    credentials: { secret: string };
  }[];
  channels: { id: string; name: string; metadata: { type: string } }[];
  whitelisted: Record<string, boolean>;
  client_cert: Record<string, string>;
  client_key: Record<string, string>;
  ca_cert: string;
}

describe('POST /{domainID}/mapping', () => {
  it('answers with everything it made, and what it says exists', async () => {
    const wanted = gateway();
    const { status, body, headers } = await post(wanted);
    expect(status).toBe(201);
    expect(headers.get('x-request-id')).toBeTruthy();
    const made = body as unknown as Mapping;
    const [client] = made.clients;
    expect(client).toMatchObject({
      name: 'press',
      key: client!.credentials.secret,
      domain_id: world.domainId,
      status: 'enabled',
    });
    expect(made.whitelisted).toEqual({ [client!.id]: true });
    expect(made.channels.map(({ name }) => name)).toEqual(['press_control-channel', 'press_data-channel']);
    expect(client!.metadata).toMatchObject({
      type: 'gateway',
      external_id: wanted.external_id,
      ctrl_channel_id: made.channels[0]!.id,
      data_channel_id: made.channels[1]!.id,
    });
    expect(made.client_cert[client!.id]).toMatch(/BEGIN CERTIFICATE/);
    expect(made.client_key[client!.id]).toMatch(/PRIVATE KEY/);
    expect(made.ca_cert).toMatch(/BEGIN CERTIFICATE/);

    const { clients, configs, connections } = world.emulator.inventory(world.domainId);
    expect(clients.find(({ id }) => id === client!.id)).toMatchObject({
      secret: client!.key,
      metadata: client!.metadata,
    });
    expect(configs.find(({ id }) => id === client!.metadata['cfg_id'])).toMatchObject({
      external_id: wanted.external_id,
      status: 'enabled',
      client_key: made.client_key[client!.id],
      ca_cert: made.ca_cert,
    });
    expect(connections.filter((it) => it.client_id === client!.id)).toHaveLength(4);
  });

  it('logs no secret', async () => {
    const wanted = gateway();
    const { body } = await post(wanted);
    const made = body as unknown as Mapping;
    world.emulator.faults.add({ operation: 'channels.connect', action: 'fail_after' });
    await post({ ...gateway(), external_key: 'failing-key' });
    const log = app.log.join('');
    expect(log).toContain('provisioning completed');
    expect(log).toContain('"step":"connections"');
    const secrets = [
      wanted.external_key,
      'failing-key',
      world.tokens.owner,
      made.clients[0]!.key,
      'PRIVATE KEY',
    ];
    for (const secret of secrets) expect(log).not.toContain(secret);
  });

  describe('bad input, in the order and words of the wire (Magistrala wire §7.2)', () => {
    const full = () => gateway();
    it.each([
      ['no token', { token: null, body: full() }, 401, 'missing or invalid bearer user token'],
      [
        'another scheme',
        { token: null, headers: { authorization: 'Basic x' } },
        401,
        'missing or invalid bearer user token',
      ],
      [
        'a bad token',
        { token: 'nonsense', type: 'text/plain' },
        401,
        'failed to perform authentication over the entity',
      ],
      ['no content type', { type: null }, 415, 'unsupported content type'],
      [
        'a content type with a parameter',
        { type: 'application/json; charset=utf-8' },
        415,
        'unsupported content type',
      ],
      ['an empty body', { body: '' }, 400, 'request body is not a valid JSON, expecting a valid JSON'],
      ['no JSON', { body: '{"name"' }, 400, 'request body is not a valid JSON, expecting a valid JSON'],
      ['a list', { body: '[]' }, 400, 'request body is not a valid JSON, expecting a valid JSON'],
      [
        'a number for a name',
        { body: { ...full(), name: 5 } },
        400,
        'request body is not a valid JSON, expecting a valid JSON',
      ],
      ['null', { body: 'null' }, 400, 'missing entity id'],
      ['no external_id', { body: { external_key: 'k', name: 'n' } }, 400, 'missing entity id'],
      ['an empty external_id', { body: { ...full(), external_id: '' } }, 400, 'missing entity id'],
      [
        'no external_key',
        { body: { external_id: 'x', name: 'n' } },
        401,
        'missing or invalid bearer entity key',
      ],
      ['no name', { body: { external_id: 'x', external_key: 'k' } }, 400, 'missing identity name'],
    ] as const)('%s', async (_, more, status, message) => {
      const before = world.emulator.calls().filter(({ service }) => service !== 'auth').length;
      const answer = await post({}, more as Parameters<typeof send>[1]);
      expect(answer).toMatchObject({ status, body: { message } });
      expect(world.emulator.calls().filter(({ service }) => service !== 'auth')).toHaveLength(before);
    });

    it('a body over the limit', async () => {
      const answer = await post({ ...gateway(), name: 'n'.repeat(1_100_000) });
      expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    });

    it.each(['\u001b[2J', '\r', '\n', '\u009b', '\u202e'])(
      'a name with %j is refused before anything is made, as it is by an approval',
      async (character) => {
        const before = world.emulator.calls().length;
        expect(await post({ ...gateway(), name: `press${character}4` })).toMatchObject({
          status: 400,
          body: { code: 'invalid_name', field: 'name' },
        });
        const calls = world.emulator.calls().slice(before);
        expect(calls.filter(({ service }) => service !== 'auth')).toEqual([]);
      },
    );

    it('a key that the platform would refuse midway is refused before anything is made', async () => {
      const before = world.emulator.calls().length;
      const answer = await post({ ...gateway(), external_key: 'k'.repeat(73) });
      expect(answer).toMatchObject({
        status: 400,
        body: { field: 'external_key', message: expect.stringContaining('72 bytes') },
      });
      expect(
        world.emulator
          .calls()
          .slice(before)
          .map(({ service }) => service),
      ).toEqual(['auth']);
    });
  });

  describe('what the original hides', () => {
    it('a duplicate is 409 and names what exists', async () => {
      const wanted = gateway();
      const first = (await post(wanted)).body as unknown as Mapping;
      const { status, body } = await post(wanted);
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'external_id_exists', step: 'look_up', leftovers: [] });
      expect(body['message']).toContain(first.clients[0]!.id);
      expect(body['message']).toContain(first.clients[0]!.metadata['cfg_id']);
    });

    it('a stranger to the domain gets 403, and nothing is made', async () => {
      const before = JSON.stringify(world.emulator.inventory(world.domainId));
      const { status, body } = await post(gateway(), { token: world.tokens.stranger });
      expect({ status, body }).toMatchObject({
        status: 403,
        body: { step: 'clients', upstream: { status: 403 } },
      });
      expect(JSON.stringify(world.emulator.inventory(world.domainId))).toBe(before);
    });

    it('an outage is 503 with Retry-After, and nothing is left', async () => {
      const before = world.emulator.inventory(world.domainId).clients.length;
      world.emulator.faults.add({ operation: 'channels.connect', action: 'refuse', times: null });
      const { status, headers, body } = await post(gateway());
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(body).toMatchObject({
        message: 'failed to connect clients to channels',
        step: 'connections',
        leftovers: [],
      });
      expect(world.emulator.inventory(world.domainId).clients).toHaveLength(before);
    });

    it('what cannot be removed is in the error and at /leftovers, with its id', async () => {
      world.emulator.faults.add({ operation: 'channels.connect', action: 'refuse', times: null });
      world.emulator.faults.add({ operation: 'clients.delete', action: 'refuse', times: null });
      const wanted = gateway();
      const { body } = await post(wanted);
      const [left] = body['leftovers'] as { type: string; id: string }[];
      expect(left!.type).toBe('client');
      const listed = await send(`${app.url}/${world.domainId}/leftovers`, {
        method: 'GET',
        token: world.tokens.owner,
      });
      expect(listed.body).toMatchObject({
        leftovers: [expect.objectContaining({ external_id: wanted.external_id, items: [left] })],
      });
      const stranger = await send(`${app.url}/${world.domainId}/leftovers`, {
        method: 'GET',
        token: world.tokens.stranger,
      });
      expect(stranger.status).toBe(403);
      const metrics = await send(`${app.url}/metrics`, { method: 'GET' });
      expect(metrics.body['text']).toMatch(/^provision_leftovers [1-9]/m);
    });
  });

  describe('Idempotency-Key', () => {
    it('gives the same answer again, and refuses another body', async () => {
      const [wanted, headers] = [gateway(), { 'idempotency-key': 'order-1' }];
      const first = await post(wanted, { headers });
      const again = await post(wanted, { headers });
      expect(again.status).toBe(201);
      expect(again.body).toEqual(first.body);
      expect(await post({ ...wanted, name: 'other' }, { headers })).toMatchObject({
        status: 422,
        body: { code: 'idempotency_key_reused' },
      });
      expect((await post(wanted, { headers, token: world.tokens.stranger })).status).toBe(403);
    });

    it('answers 409 with Retry-After while the first is under way', async () => {
      const [wanted, headers] = [gateway(), { 'idempotency-key': 'order-2' }];
      const fault = world.emulator.faults.add({ operation: 'channels.connect', action: 'hold_before' });
      const first = post(wanted, { headers });
      await fault.waitForHit();
      const meanwhile = await post(wanted, { headers });
      expect(meanwhile).toMatchObject({ status: 409, body: { code: 'idempotency_key_in_progress' } });
      expect(meanwhile.headers.get('retry-after')).toBe('2');
      fault.release();
      expect((await first).status).toBe(201);
    });
  });

  it('goes on when the caller leaves, and gives the answer to the same request sent again', async () => {
    const [wanted, headers, leaving] = [gateway(), { 'idempotency-key': 'order-3' }, new AbortController()];
    const fault = world.emulator.faults.add({ operation: 'bootstrap.add_config', action: 'hold_before' });
    const left = post(wanted, { headers, signal: leaving.signal }).catch(() => 'left');
    await fault.waitForHit();
    leaving.abort();
    expect(await left).toBe('left');
    fault.release();
    let again = await post(wanted, { headers });
    for (let tries = 0; again.status === 409 && tries < 50; tries++) again = await post(wanted, { headers });
    expect(again.status).toBe(201);
    const { configs } = world.emulator.inventory(world.domainId);
    expect(configs.filter(({ external_id }) => external_id === wanted.external_id)).toHaveLength(1);
  });

  it('fifty at once for one external id: one 201, the others 409, one gateway', async () => {
    const wanted = gateway();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(wanted)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
    const { clients, configs } = world.emulator.inventory(world.domainId);
    expect(clients.filter((it) => it.metadata['external_id'] === wanted.external_id)).toHaveLength(1);
    expect(configs.filter((it) => it.external_id === wanted.external_id)).toHaveLength(1);
  });

  it('200 different gateways at once: each has its own external id everywhere', async () => {
    const wanted = Array.from({ length: 200 }, () => gateway());
    const answers = await Promise.all(wanted.map((it) => post(it)));
    const { clients, configs } = world.emulator.inventory(world.domainId);
    answers.forEach(({ status, body }, n) => {
      expect(status).toBe(201);
      const { external_id } = wanted[n]!;
      const [client] = (body as unknown as Mapping).clients;
      expect(client!.metadata['external_id']).toBe(external_id);
      expect(clients.find(({ id }) => id === client!.id)!.metadata['external_id']).toBe(external_id);
      const config = configs.find(({ id }) => id === client!.metadata['cfg_id'])!;
      expect(config.external_id).toBe(external_id);
      expect(JSON.parse(config.content)).toMatchObject({ external_id, mqtt: { client_id: client!.id } });
    });
  });
});
