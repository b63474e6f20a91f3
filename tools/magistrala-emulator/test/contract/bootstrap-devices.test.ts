import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { type MadeConfig, newChannel, newClient, newConfig, newProfile } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const BAD_KEY = message('failed to get bootstrap configuration for given external key');

const get = (externalId: string, authorization?: string) =>
  bench.call('bootstrap', 'GET', `/clients/bootstrap/${externalId}`, { authorization });
const fetched = ({ externalId, key }: MadeConfig) => get(externalId, `Client ${key}`);
const change = (id: string, verb: string) =>
  bench.asOwner('bootstrap', 'POST', `/{domain}/clients/configs/${id}/${verb}`);

describe('plain fetch (wire §4.6)', () => {
  it('gives the stored content and certificates, and leaves empty things out', async () => {
    const content = '{"mqtt":{}}';
    const plain = await newConfig(bench, { content });
    const answer = await fetched(plain);
    expect([answer.status, answer.json]).toStrictEqual([200, { id: plain.id, content }]);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const certificates = { client_cert: 'C', client_key: 'K', ca_cert: 'A' };
    const secured = await newConfig(bench, certificates);
    expect((await fetched(secured)).json).toStrictEqual({ id: secured.id, ...certificates });
  });

  it('judges header, id, look-up, key and status in this order', async () => {
    const config = await newConfig(bench);
    const noKey = message('missing or invalid bearer entity key');
    for (const header of [undefined, `Bearer ${config.key}`, `client ${config.key}`, 'Client ']) {
      const answer = await get(fresh('unknown'), header);
      expect([answer.status, answer.text]).toStrictEqual([401, noKey]);
    }
    const noId = await get('', 'Client x');
    expect([noId.status, noId.text]).toStrictEqual([400, message('missing entity id')]);
    const unknown = await get(fresh('unknown'), 'Client x');
    expect([unknown.status, unknown.text]).toStrictEqual([404, message('entity not found')]);
    await change(config.id, 'disable');
    const wrong = await get(config.externalId, 'Client wrong');
    expect([wrong.status, wrong.text]).toStrictEqual([403, BAD_KEY]);
    const disabled = await fetched(config);
    expect([disabled.status, disabled.text]).toStrictEqual([500, '']);
    await change(config.id, 'enable');
    expect((await fetched(config)).status).toBe(200);
  });
});

describe('encrypted fetch (wire §4.6)', () => {
  const algorithm = () => `aes-${bench.target.bootstrapEncryptKey.length * 8}-cfb`;
  const encrypted = (text: string, key = bench.target.bootstrapEncryptKey) => {
    const iv = randomBytes(16);
    const cipher = createCipheriv(algorithm(), key, iv);
    return Buffer.concat([iv, cipher.update(text), cipher.final()]).toString('hex');
  };
  const secure = (externalId: string, key: string) => get(`secure/${externalId}`, `Client ${key}`);

  it('takes an encrypted key and gives an encrypted answer', async () => {
    const { id, externalId, key } = await newConfig(bench, { content: 'text' });
    const answer = await secure(externalId, encrypted(key));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    const iv = answer.bytes.subarray(0, 16);
    const decipher = createDecipheriv(algorithm(), bench.target.bootstrapEncryptKey, iv);
    const plain = Buffer.concat([decipher.update(answer.bytes.subarray(16)), decipher.final()]);
    expect(JSON.parse(plain.toString())).toStrictEqual({ id, content: 'text' });
  });

  it('has its own word for what is not hex, and the usual one for all else', async () => {
    const { externalId, key } = await newConfig(bench);
    const notHex = await secure(externalId, key.replaceAll('-', 'x'));
    expect([notHex.status, notHex.text]).toStrictEqual([
      403,
      message('failed to get bootstrap configuration for given encrypted external key'),
    ]);
    const otherKey = bench.target.bootstrapEncryptKey
      .split('')
      .reverse()
      .join('x')
      .slice(0, bench.target.bootstrapEncryptKey.length);
    for (const bad of ['abcd', encrypted('wrong'), encrypted(key, otherKey)]) {
      const answer = await secure(externalId, bad);
      expect([answer.status, answer.text]).toStrictEqual([403, BAD_KEY]);
    }
    expect((await secure(fresh('unknown'), encrypted(key))).status).toBe(404);
  });
});

describe('profiles and bindings (wire §4.5)', () => {
  const SLOTS = [
    { name: 'mqtt', type: 'client', required: true },
    { name: 'data', type: 'channel', required: false },
  ];
  const enrollment = (id: string, method: string, path: string, json?: unknown) =>
    bench.asOwner('bootstrap', method, `/{domain}/clients/bootstrap/enrollments/${id}/${path}`, {
      ...(json !== undefined && { json }),
    });
  const bind = (id: string, ...bindings: object[]) => enrollment(id, 'PUT', 'bindings', { bindings });
  const toClient = (resource_id: string) => ({ slot: 'mqtt', type: 'client', resource_id });
  const toChannel = (resource_id: string) => ({ slot: 'data', type: 'channel', resource_id });

  const enrolled = async (profile: object) => {
    const profileId = await newProfile(bench, { binding_slots: SLOTS, ...profile });
    return newConfig(bench, { profile_id: profileId, content: 'stored' });
  };

  it('renders what is bound, as it was when it was bound', async () => {
    const content_template =
      '{"id":{{toJSON .Bindings.mqtt.ID}},"secret":{{toJSON .Bindings.mqtt.Secret.secret}},' +
      '"identity":{{toJSON .Bindings.mqtt.Snapshot.identity}},' +
      '"channel":{{toJSON .Bindings.data.Snapshot.id}},"topic":{{toJSON .Bindings.data.Snapshot.topic}}}';
    const config = await enrolled({ template_format: 'json', content_template });
    const [secret, route] = [fresh('s'), fresh('r')];
    const client = await newClient(bench, { credentials: { secret, identity: 'press' } });
    const channel = await newChannel(bench, { route });
    expect((await fetched(config)).status).toBe(500);
    const bound = await bind(config.id, toClient(client), toChannel(channel));
    expect([bound.status, bound.text]).toStrictEqual([204, '']);
    const content = async () =>
      JSON.parse((await fetched(config)).read<{ content: string }>().content) as object;
    expect(await content()).toStrictEqual({ id: client, secret, identity: 'press', channel, topic: route });
    const newSecret = fresh('s');
    await bench.asOwner('clients', 'PATCH', `/{domain}/clients/${client}/secret`, {
      json: { secret: newSecret },
    });
    expect(await content()).toMatchObject({ secret });
    expect((await enrollment(config.id, 'POST', 'bindings/refresh')).status).toBe(204);
    expect(await content()).toMatchObject({ secret: newSecret });
  });

  it('shows bindings without secrets', async () => {
    const config = await enrolled({});
    const client = await newClient(bench, { name: 'press' });
    expect((await enrollment(config.id, 'GET', 'bindings')).json).toStrictEqual({ bindings: [] });
    await bind(config.id, toClient(client));
    const listed = await enrollment(config.id, 'GET', 'bindings');
    expect(listed.json).toMatchObject({
      bindings: [
        {
          config_id: config.id,
          ...toClient(client),
          snapshot: { id: client, name: 'press', domain_id: bench.domain },
        },
      ],
    });
    expect(listed.text).not.toContain('secret');
  });

  it('binds slot by slot, and keeps the others', async () => {
    const config = await enrolled({});
    const [a, b, channel] = [await newClient(bench), await newClient(bench), await newChannel(bench)];
    await bind(config.id, toClient(a), toChannel(channel));
    await bind(config.id, toClient(b));
    const { bindings } = (await enrollment(config.id, 'GET', 'bindings')).read<{
      bindings: { slot: string; resource_id: string }[];
    }>();
    expect(bindings.map(({ slot, resource_id }) => [slot, resource_id])).toStrictEqual([
      ['data', channel],
      ['mqtt', b],
    ]);
  });

  it('answers unknown slots, wrong types, doubles and unbound required slots with an empty 500', async () => {
    const config = await enrolled({});
    const [client, channel] = [await newClient(bench), await newChannel(bench)];
    const wrong = [
      [{ ...toClient(client), slot: 'unknown' }],
      [{ ...toClient(client), type: 'channel' }],
      [toClient(client), toClient(client)],
      [toChannel(channel)],
    ];
    for (const bindings of wrong) {
      const answer = await bind(config.id, ...bindings);
      expect([answer.status, answer.text]).toStrictEqual([500, '']);
    }
    expect((await enrollment(config.id, 'GET', 'bindings')).json).toStrictEqual({ bindings: [] });
  });

  it('takes any slot when the profile has none, but only clients and channels', async () => {
    const config = await enrolled({ binding_slots: [] });
    const client = await newClient(bench);
    expect((await bind(config.id, { slot: 'any', type: 'client', resource_id: client })).status).toBe(204);
    expect((await bind(config.id, { slot: 'any', type: 'cert', resource_id: client })).status).toBe(500);
  });

  it('calls what is missing or unreadable 404', async () => {
    const config = await enrolled({});
    const withoutProfile = await newConfig(bench);
    const client = await newClient(bench);
    const answers = [
      await bind(config.id, toClient(randomUUID())),
      await bind(randomUUID(), toClient(client)),
      await bind(withoutProfile.id, toClient(client)),
      await enrollment(randomUUID(), 'GET', 'bindings'),
      await enrollment(withoutProfile.id, 'POST', 'bindings/refresh'),
      await enrollment(config.id, 'PATCH', 'profile', { profile_id: randomUUID() }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.text]).toStrictEqual([404, message('entity not found')]);
    }
  });

  it('checks the body first', async () => {
    const none = await bind(randomUUID());
    expect([none.status, none.text]).toStrictEqual([400, message('empty list provided')]);
    expect((await bind(randomUUID(), { slot: 'a', type: 'client' })).text).toBe(message('missing entity id'));
    expect((await enrollment(randomUUID(), 'PATCH', 'profile', {})).text).toBe(message('missing entity id'));
  });

  it('assigns a profile later', async () => {
    const config = await newConfig(bench, { content: 'stored' });
    const profileId = await newProfile(bench, { content_template: 'from {{.Device.ExternalID}}' });
    const assigned = await enrollment(config.id, 'PATCH', 'profile', { profile_id: profileId });
    expect([assigned.status, assigned.text]).toStrictEqual([204, '']);
    expect((await fetched(config)).json).toMatchObject({ content: `from ${config.externalId}` });
    expect((await enrollment(config.id, 'POST', 'bindings/refresh')).status).toBe(204);
  });

  it('overlays the defaults with the context of the config', async () => {
    const config = await (async () => {
      const profile_id = await newProfile(bench, {
        defaults: { a: 1, b: 2 },
        content_template: '{{.Vars.a}} {{.Vars.b}}',
      });
      return newConfig(bench, { profile_id, render_context: { b: 'own' } });
    })();
    expect((await fetched(config)).json).toMatchObject({ content: '1 own' });
  });
});
