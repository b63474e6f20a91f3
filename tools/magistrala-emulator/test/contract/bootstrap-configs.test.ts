import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { newConfig, newProfile } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const CONFIGS = '/{domain}/clients/configs';
const CERTIFICATES = { client_cert: 'CERT', client_key: 'KEY', ca_cert: 'CA' };

const add = async (json: object) => {
  const answer = await bench.asOwner('bootstrap', 'POST', CONFIGS, { json });
  if (answer.status === 201)
    bench.later('bootstrap', 'DELETE', `${CONFIGS}/${answer.read<{ id: string }>().id}`);
  return answer;
};
const on = (method: string, path: string, json?: unknown) =>
  bench.asOwner('bootstrap', method, `${CONFIGS}/${path}`, { ...(json !== undefined && { json }) });
const list = (query: string, token = bench.owner.token) =>
  bench.call('bootstrap', 'GET', `${CONFIGS}?${query}`, { token });
const body = <T extends object = object>(more: T = {} as T) => ({
  external_id: fresh('x'),
  external_key: 'key',
  ...more,
});

describe('adding configs (wire §4.1)', () => {
  it('is enabled from birth, with an id of its own and a bare Location', async () => {
    const json = body({ name: fresh('n'), content: '{"a":1}', render_context: { u: 1 }, ...CERTIFICATES });
    const answer = await add({ ...json, id: randomUUID(), status: 'disabled' });
    expect(answer.status).toBe(201);
    const { external_key: _key, ...shown } = json;
    expect(answer.json).toStrictEqual({ id: expect.any(String), status: 'enabled', ...shown });
    expect(answer.headers.get('location')).toBe(`/clients/configs/${answer.read<{ id: string }>().id}`);
  });

  it.each([
    [400, 'missing entity id', { external_id: '' }],
    [401, 'missing or invalid bearer entity key', { external_key: '' }],
    [422, 'generate hash from external key failed', { external_key: 'x'.repeat(73) }],
    [422, 'failed to add bootstrap configuration', { profile_id: randomUUID() }],
  ])('refuses with %i "%s"', async (status, text, change) => {
    const answer = await add(body(change));
    expect([answer.status, answer.text]).toStrictEqual([status, message(text)]);
  });

  it('takes 72 bytes of key', async () => {
    expect((await add(body({ external_key: 'ž'.repeat(36) }))).status).toBe(201);
    expect((await add(body({ external_key: 'ž'.repeat(37) }))).status).toBe(422);
  });

  it('wants external ids to be different everywhere, and names in a domain', async () => {
    const first = body({ name: fresh('n') });
    await add(first);
    const exists = message('entity already exists');
    for (const again of [{ external_id: first.external_id }, { name: first.name }]) {
      const answer = await add(body(again));
      expect([answer.status, answer.text]).toStrictEqual([400, exists]);
    }
    const elsewhere = `/${await bench.newDomain(bench.owner.token)}/clients/configs`;
    const other = await bench.asOwner('bootstrap', 'POST', elsewhere, {
      json: body({ external_id: first.external_id }),
    });
    expect([other.status, other.text]).toStrictEqual([400, exists]);
    const named = await bench.asOwner('bootstrap', 'POST', elsewhere, { json: body({ name: first.name }) });
    expect(named.status).toBe(201);
    bench.later('bootstrap', 'DELETE', `${elsewhere}/${named.read<{ id: string }>().id}`);
  });

  it('lets any number go without a name', async () => {
    expect((await add(body())).status).toBe(201);
    expect((await add(body({ name: '' }))).status).toBe(201);
  });

  it('takes a profile of another domain, which then fails', async () => {
    const elsewhere = await bench.newDomain(bench.owner.token);
    const path = `/${elsewhere}/clients/bootstrap/profiles`;
    const made = await bench.asOwner('bootstrap', 'POST', path, {
      json: { name: 'p', content_template: 'x' },
    });
    const { id: profileId } = made.read<{ id: string }>();
    bench.later('bootstrap', 'DELETE', `${path}/${profileId}`);
    const { externalId, key } = await newConfig(bench, { profile_id: profileId });
    const fetched = await bench.call('bootstrap', 'GET', `/clients/bootstrap/${externalId}`, {
      authorization: `Client ${key}`,
    });
    expect([fetched.status, fetched.text]).toStrictEqual([404, message('entity not found')]);
  });

  it('keeps strangers out and unknown domains apart', async () => {
    const { token } = bench.stranger;
    const forbidden = await bench.call('bootstrap', 'POST', CONFIGS, { token, json: body() });
    expect([forbidden.status, forbidden.text]).toStrictEqual([
      403,
      message('failed to perform authorization over the entity'),
    ]);
    const unknown = await bench.asOwner('bootstrap', 'POST', `/${randomUUID()}/clients/configs`, {
      json: body(),
    });
    expect([unknown.status, unknown.text]).toStrictEqual([404, message('entity not found')]);
    const type = await bench.asOwner('bootstrap', 'POST', CONFIGS, { body: '{}', type: 'text/plain' });
    expect(type.status).toBe(415);
  });
});

describe('viewing and changing configs (wire §4.2)', () => {
  it('shows neither certificates nor key', async () => {
    const { id, externalId } = await newConfig(bench, { content: 'text', ...CERTIFICATES });
    const answer = await on('GET', id);
    expect(answer.json).toStrictEqual({ id, external_id: externalId, content: 'text', status: 'enabled' });
  });

  it('writes name and content on each update, so that what is left out is gone', async () => {
    const { id } = await newConfig(bench, { name: fresh('n'), content: 'text', render_context: { a: 1 } });
    const answer = await on('PATCH', id, { content: 'other', render_context: { b: 2 } });
    expect([answer.status, answer.text]).toStrictEqual([200, '']);
    const { name, content, render_context } = (await on('GET', id)).read<Record<string, unknown>>();
    expect([name, content, render_context]).toStrictEqual([undefined, 'other', { a: 1 }]);
  });

  it('calls an update to a taken name 422', async () => {
    const name = fresh('n');
    await newConfig(bench, { name });
    const { id } = await newConfig(bench);
    expect((await on('PATCH', id, { name })).status).toBe(422);
  });

  it('answers certificates with just those', async () => {
    const { id } = await newConfig(bench);
    expect((await on('PATCH', `certs/${id}`, CERTIFICATES)).json).toStrictEqual({ id, ...CERTIFICATES });
    expect((await on('PATCH', `certs/${id}`, { ca_cert: 'CA2' })).json).toStrictEqual({ id, ca_cert: 'CA2' });
  });

  it('shows everything but the key when it enables or disables, as often as one likes', async () => {
    const { id, externalId } = await newConfig(bench, { content: 'text', ...CERTIFICATES });
    for (const [verb, status] of [
      ['disable', 'disabled'],
      ['disable', 'disabled'],
      ['enable', 'enabled'],
    ] as const) {
      const answer = await on('POST', `${id}/${verb}`);
      expect([answer.status, answer.json]).toStrictEqual([
        200,
        {
          id,
          domain_id: bench.domain,
          external_id: externalId,
          external_key: '',
          content: 'text',
          status,
          ...CERTIFICATES,
        },
      ]);
    }
  });

  it('removes what is there and what is not, with 204', async () => {
    const { id } = await newConfig(bench);
    for (const answer of [await on('DELETE', id), await on('DELETE', id), await on('DELETE', randomUUID())]) {
      expect([answer.status, answer.text]).toStrictEqual([204, '']);
    }
  });

  it('calls unknown ids 404 everywhere else', async () => {
    const id = randomUUID();
    const answers = [
      await on('GET', id),
      await on('PATCH', id, {}),
      await on('PATCH', `certs/${id}`, {}),
      await on('POST', `${id}/enable`),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.text]).toStrictEqual([404, message('entity not found')]);
    }
  });
});

describe('listing configs (wire §4.3)', () => {
  it('finds by external id, whatever the state, when asked so', async () => {
    const { id, externalId } = await newConfig(bench);
    await on('POST', `${id}/disable`);
    const empty = { total: 0, offset: 0, limit: 10, configs: [] };
    expect((await list(`external_id=${externalId}`)).json).toStrictEqual(empty);
    for (const status of ['all', 'ALL', 'disabled', '1']) {
      expect((await list(`external_id=${externalId}&status=${status}`)).json).toMatchObject({
        total: 1,
        configs: [{ id, external_id: externalId, status: 'disabled' }],
      });
    }
    expect((await list(`external_id=${fresh('none')}&status=all`)).json).toStrictEqual(empty);
  });

  it('finds by id and by part of the name, in the order of ids', async () => {
    const mark = fresh('mark');
    const made = [];
    for (const at of [1, 2, 3]) made.push(await newConfig(bench, { name: `${mark}-${at}` }));
    const sorted = made.map(({ id }) => id).sort();
    expect((await list(`name=${mark.toUpperCase()}`)).json).toMatchObject({
      total: 3,
      configs: sorted.map((id) => ({ id })),
    });
    const page = await list(`name=${mark}&offset=1&limit=1`);
    expect(page.json).toMatchObject({ total: 3, offset: 1, limit: 1, configs: [{ id: sorted[1] }] });
    expect((await list(`id=${sorted[2]}`)).json).toMatchObject({ total: 1, configs: [{ id: sorted[2] }] });
    expect((await list(`name=${mark}&limit=0`)).json).toStrictEqual({
      total: 3,
      offset: 0,
      limit: 0,
      configs: [],
    });
  });

  it('shows any domain to anybody', async () => {
    const { id, externalId } = await newConfig(bench, { content: 'not so secret' });
    expect((await list(`external_id=${externalId}`, bench.stranger.token)).json).toMatchObject({
      total: 1,
      configs: [{ id, content: 'not so secret' }],
    });
  });

  it.each([
    ['invalid limit size', 'limit=101'],
    ['invalid query parameters', 'status=nonsense'],
    ['invalid query parameters', 'limit=x'],
    ['invalid query parameters', 'offset=1&offset=2'],
  ])('refuses with 400 "%s": %s', async (text, query) => {
    const answer = await list(query);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });

  it('forgets a profile that is deleted', async () => {
    const profileId = await newProfile(bench, { content_template: 'x' });
    const { id } = await newConfig(bench, { profile_id: profileId });
    expect((await on('GET', id)).json).toMatchObject({ profile_id: profileId });
    await bench.asOwner('bootstrap', 'DELETE', `/{domain}/clients/bootstrap/profiles/${profileId}`);
    expect((await on('GET', id)).text).not.toContain('profile_id');
  });
});
