import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { newClient } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const CLIENTS = '/{domain}/clients';
const ZERO_TIME = '0001-01-01T00:00:00Z';
const FORBIDDEN = message('failed to perform authorization over the entity');

interface Client {
  readonly id: string;
  readonly credentials: { readonly secret?: string; readonly identity?: string };
}

const create = async (json: unknown) => {
  const answer = await bench.asOwner('clients', 'POST', CLIENTS, { json });
  if (answer.status === 201) bench.later('clients', 'DELETE', `${CLIENTS}/${answer.read<Client>().id}`);
  return answer;
};
const bulk = async (json: unknown) => {
  const answer = await bench.asOwner('clients', 'POST', `${CLIENTS}/bulk`, { json });
  if (answer.status === 200) {
    for (const { id } of answer.read<{ clients: Client[] }>().clients)
      bench.later('clients', 'DELETE', `${CLIENTS}/${id}`);
  }
  return answer;
};
const on = (method: string, id: string, path = '', json?: unknown) =>
  bench.asOwner('clients', method, `${CLIENTS}/${id}${path}`, { ...(json !== undefined && { json }) });
const list = (query: string, token = bench.owner.token) =>
  bench.call('clients', 'GET', `${CLIENTS}?${query}`, { token });

describe('creating clients (wire §2.2, §2.3)', () => {
  it('honours the id and the secret of the caller', async () => {
    const id = randomUUID();
    const secret = fresh('secret');
    const json = { id, name: 'press', credentials: { secret }, metadata: { external_id: 'x' }, tags: ['a'] };
    const answer = await create(json);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/clients/${id}`);
    expect(answer.json).toMatchObject({
      ...json,
      domain_id: bench.domain,
      status: 'enabled',
      updated_at: ZERO_TIME,
    });
  });

  it('makes up what is not said, and leaves empty things out', async () => {
    const answer = await create({});
    const client = answer.read<Client>();
    expect(client.credentials.secret).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.keys(client).sort()).toStrictEqual(
      ['created_at', 'credentials', 'domain_id', 'id', 'status', 'updated_at'].sort(),
    );
  });

  it('overwrites the domain and the time of creation', async () => {
    const answer = await create({ domain_id: randomUUID(), created_at: '2000-01-01T00:00:00Z' });
    expect(answer.json).toMatchObject({ domain_id: bench.domain });
    expect(answer.text).not.toContain('2000-01-01');
  });

  it.each([
    ['invalid id format provided', { id: 'X' }],
    ['invalid id format provided', { id: randomUUID().toUpperCase() }],
    ['invalid name size', { name: 'ž'.repeat(513) }],
    ['invalid status', { status: 'deleted' }],
    ['invalid status', { status: 'nonsense' }],
    ['invalid status', { status: 1 }],
  ])('refuses with 400 "%s"', async (text, json) => {
    const answer = await create(json);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });

  it('takes names twice, 1024 bytes of them, an empty status and a disabled one', async () => {
    expect((await create({ name: 'twice' })).status).toBe(201);
    expect((await create({ name: 'twice' })).status).toBe(201);
    expect((await create({ name: 'x'.repeat(1024) })).status).toBe(201);
    expect((await create({ status: '' })).json).toMatchObject({ status: 'enabled' });
    expect((await create({ status: 'disabled' })).json).toMatchObject({ status: 'disabled' });
  });

  it('calls a taken id 422, and a taken secret 400', async () => {
    const id = randomUUID();
    const secret = fresh('secret');
    await create({ id, credentials: { secret } });
    const sameId = await create({ id });
    expect([sameId.status, sameId.text]).toStrictEqual([422, message('failed to create entity')]);
    const sameSecret = await create({ credentials: { secret } });
    expect([sameSecret.status, sameSecret.text]).toStrictEqual([400, message('client key is not available')]);
  });

  it('calls what is too long for a column 422', async () => {
    expect((await create({ credentials: { secret: 'x'.repeat(4097) } })).status).toBe(422);
    expect((await create({ credentials: { identity: 'x'.repeat(255) } })).status).toBe(422);
  });
});

describe('creating clients in bulk (wire §2.2)', () => {
  it('answers 200 with a total, in the order asked', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    const answer = await bulk(ids.map((id) => ({ id, name: id })));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('location')).toBeNull();
    const page = answer.read<{ total: number; clients: Client[] }>();
    expect(page.total).toBe(3);
    expect(page.clients.map(({ id }) => id)).toStrictEqual(ids);
    expect(page.clients.every(({ credentials }) => credentials.secret)).toBe(true);
  });

  it('makes all or none', async () => {
    const taken = await newClient(bench);
    const good = randomUUID();
    expect((await bulk([{ id: good }, { id: taken }])).status).toBe(422);
    expect((await on('GET', good)).status).toBe(403);
    const twice = randomUUID();
    expect((await bulk([{ id: twice }, { id: twice }])).status).toBe(422);
  });

  it('refuses an empty list and a bad member', async () => {
    const none = await bulk([]);
    expect([none.status, none.text]).toStrictEqual([400, message('empty list provided')]);
    expect((await bulk([{}, { id: 'X' }])).text).toBe(message('invalid id format provided'));
    expect((await bulk({})).status).toBe(400);
  });
});

describe('viewing and changing clients (wire §2.2, §2.3)', () => {
  it('shows the secret on view and update, and nowhere else', async () => {
    const id = await newClient(bench);
    const secretOf = async (answer: ReturnType<typeof on>) =>
      (await answer).read<Client>().credentials.secret;
    expect(await secretOf(on('GET', id))).toEqual(expect.any(String));
    expect(await secretOf(on('PATCH', id, '', { name: 'n' }))).toEqual(expect.any(String));
    expect(await secretOf(on('PATCH', id, '/tags', { tags: ['a'] }))).toBeUndefined();
    expect(await secretOf(on('PATCH', id, '/secret', { secret: fresh('s') }))).toBeUndefined();
    expect(await secretOf(on('POST', id, '/disable'))).toBeUndefined();
    expect(await secretOf(on('POST', id, '/enable'))).toBeUndefined();
  });

  it('replaces metadata as a whole, keeps what is not said, and ignores tags', async () => {
    const id = await newClient(bench, { name: 'n', metadata: { a: 1, b: 2 }, tags: ['old'] });
    const answer = await on('PATCH', id, '', { metadata: { c: 3 }, tags: ['new'] });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      name: 'n',
      metadata: { c: 3 },
      tags: ['old'],
      updated_by: bench.owner.id,
    });
    expect(answer.text).not.toContain(ZERO_TIME);
    expect((await on('GET', id)).read<{ metadata: object }>().metadata).toStrictEqual({ c: 3 });
    expect((await on('PATCH', id, '/tags', { tags: ['new'] })).json).toMatchObject({ tags: ['new'] });
  });

  it('keeps private metadata apart, and out of listings', async () => {
    const id = await newClient(bench, { private_metadata: { p: 1 } });
    expect((await on('GET', id)).json).toMatchObject({ private_metadata: { p: 1 } });
    expect((await on('PATCH', id, '', { private_metadata: { q: 2 } })).json).toMatchObject({
      private_metadata: { q: 2 },
    });
    expect((await list(`id=${id}`)).text).not.toContain('private_metadata');
  });

  it('changes the secret, but not to one that is taken or missing', async () => {
    const [id, other] = [await newClient(bench), await newClient(bench)];
    const secret = fresh('s');
    expect((await on('PATCH', id, '/secret', { secret })).status).toBe(200);
    expect((await on('GET', id)).read<Client>().credentials.secret).toBe(secret);
    const taken = await on('PATCH', other, '/secret', { secret });
    expect([taken.status, taken.text]).toStrictEqual([400, message('client key is not available')]);
    expect((await on('PATCH', id, '/secret', {})).text).toBe(message('missing secret'));
  });

  it('refuses to enable what is enabled, and to update what is disabled', async () => {
    const id = await newClient(bench);
    const again = await on('POST', id, '/enable');
    expect([again.status, again.text]).toStrictEqual([422, message('status already assigned')]);
    expect((await on('POST', id, '/disable')).json).toMatchObject({ status: 'disabled' });
    for (const [path, json] of [
      ['', { name: 'x' }],
      ['/tags', { tags: [] }],
      ['/secret', { secret: 's' }],
    ] as const) {
      const answer = await on('PATCH', id, path, json);
      expect([answer.status, answer.text]).toStrictEqual([404, message('entity not found')]);
    }
  });

  it('knows parents only by their permission', async () => {
    const id = await newClient(bench);
    const missing = await on('POST', id, '/parent', {});
    expect([missing.status, missing.text]).toStrictEqual([400, message('missing parent group id')]);
    expect((await on('POST', id, '/parent', { parent_group_id: randomUUID() })).status).toBe(403);
    expect((await on('DELETE', id, '/parent')).status).toBe(204);
  });

  it('deletes once; then it is as if it had never been there, which is 403', async () => {
    const id = await newClient(bench);
    const gone = await on('DELETE', id);
    expect([gone.status, gone.text]).toStrictEqual([204, '']);
    for (const again of [
      await on('DELETE', id),
      await on('GET', id),
      await on('PATCH', id, '', { name: 'x' }),
    ]) {
      expect([again.status, again.text]).toStrictEqual([403, FORBIDDEN]);
    }
    expect((await list(`id=${id}&status=all`)).read<{ total: number }>().total).toBe(0);
  });

  it('frees id and secret on deletion', async () => {
    const json = { id: randomUUID(), credentials: { secret: fresh('s') } };
    await create(json);
    await on('DELETE', json.id);
    expect((await create(json)).status).toBe(201);
  });
});

describe('permissions on clients (wire §2.4)', () => {
  it('keeps strangers out, but shows them an empty page', async () => {
    const { token } = bench.stranger;
    const made = await bench.call('clients', 'POST', CLIENTS, { token, json: {} });
    expect([made.status, made.text]).toStrictEqual([403, FORBIDDEN]);
    await newClient(bench);
    const page = await list('', token);
    expect([page.status, page.json]).toStrictEqual([200, { limit: 10, total: 0 }]);
  });

  it('calls an unknown domain 404, and lists nothing in it', async () => {
    const path = `/${randomUUID()}/clients`;
    const made = await bench.asOwner('clients', 'POST', path, { json: {} });
    expect([made.status, made.text]).toStrictEqual([404, message('entity not found')]);
    expect((await bench.asOwner('clients', 'GET', path)).json).toStrictEqual({ limit: 10, total: 0 });
  });

  it('checks the body before the permission', async () => {
    const { token } = bench.stranger;
    expect((await bench.call('clients', 'POST', CLIENTS, { token, json: { id: 'X' } })).status).toBe(400);
  });

  it('shows the platform administrator no secret in listings, but on view', async () => {
    const id = await newClient(bench);
    expect((await list(`id=${id}`)).text).toContain('secret');
    expect((await list(`id=${id}`, bench.admin)).text).not.toContain('secret');
    const viewed = await bench.call('clients', 'GET', `${CLIENTS}/${id}`, { token: bench.admin });
    expect(viewed.text).toContain('secret');
  });

  it('lets no one but the platform administrator look with the eyes of another', async () => {
    const answer = await list(`user=${bench.stranger.id}`);
    expect([answer.status, answer.text]).toStrictEqual([
      403,
      message('not authorized to perform admin action'),
    ]);
    expect((await list(`user=${bench.stranger.id}`, bench.admin)).json).toMatchObject({ total: 0 });
  });
});

describe('listing clients (wire §2.5, §0.4)', () => {
  const marker = fresh('marker');
  const ids: string[] = [];
  const found = async (query: string) => {
    const metadata = encodeURIComponent(JSON.stringify({ marker }));
    const answer = await list(
      query.includes('metadata=') ? query : `metadata=${metadata}&limit=100&${query}`,
    );
    return (answer.read<{ clients?: Client[] }>().clients ?? []).map(({ id }) => ids.indexOf(id));
  };

  beforeAll(async () => {
    for (const [at, body] of [
      { name: `Alpha ${marker}`, tags: ['a', 'b'], metadata: { marker, n: 1, deep: { x: [1, 2], y: 'z' } } },
      { name: `beta ${marker}`, tags: ['b'], metadata: { marker, n: 2 } },
      { name: `gamma ${marker}`, tags: ['c'], metadata: { marker, n: 3 }, status: 'disabled' },
    ].entries()) {
      ids[at] = await newClient(bench, body);
    }
  });

  it('filters by name, id and state', async () => {
    expect(await found('name=ALPHA')).toStrictEqual([0]);
    expect(await found('name=be_a')).toStrictEqual([1]);
    expect(await found('name=a%25pha')).toStrictEqual([0]);
    expect(await found('name=be%5C_a')).toStrictEqual([]);
    expect(await found('name=.')).toStrictEqual([]);
    expect(await found(`id=${ids[1]}`)).toStrictEqual([1]);
    expect((await found('status=all')).sort()).toStrictEqual([0, 1, 2]);
    expect(await found('status=disabled')).toStrictEqual([2]);
    expect((await found('status=')).sort()).toStrictEqual([0, 1]);
    expect(await found('status=deleted')).toStrictEqual([]);
  });

  it('filters by any or all of some tags', async () => {
    expect((await found('tags=a,b')).sort()).toStrictEqual([0, 1]);
    expect(await found('tags=a%2Bb')).toStrictEqual([0]);
    expect(await found('tags=nothing')).toStrictEqual([]);
  });

  it('finds metadata by containment, at any depth', async () => {
    const by = (metadata: object) =>
      found(`metadata=${encodeURIComponent(JSON.stringify({ marker, ...metadata }))}&status=all`);
    expect(await by({ n: 2 })).toStrictEqual([1]);
    expect(await by({ deep: { y: 'z' } })).toStrictEqual([0]);
    expect(await by({ deep: { x: [2] } })).toStrictEqual([0]);
    expect(await by({ n: '2' })).toStrictEqual([]);
  });

  it('finds metadata as it is now, not as it was', async () => {
    const [before, after] = [fresh('before'), fresh('after')];
    const id = await newClient(bench, { metadata: { external_id: before } });
    await on('PATCH', id, '', { metadata: { external_id: after } });
    const total = async (externalId: string) => {
      const metadata = encodeURIComponent(JSON.stringify({ external_id: externalId }));
      return (await list(`metadata=${metadata}`)).read<{ total: number }>().total;
    };
    expect([await total(before), await total(after)]).toStrictEqual([0, 1]);
  });

  it('orders and pages', async () => {
    expect(await found('status=all&order=name&dir=asc')).toStrictEqual([0, 1, 2]);
    expect(await found('status=all&order=created_at&dir=asc')).toStrictEqual([0, 1, 2]);
    expect(await found('status=all&order=created_at&dir=desc')).toStrictEqual([2, 1, 0]);
    const metadata = encodeURIComponent(JSON.stringify({ marker }));
    const page = await list(`metadata=${metadata}&status=all&order=name&dir=asc&offset=1&limit=1`);
    expect(page.json).toMatchObject({ total: 3, offset: 1, limit: 1, clients: [{ id: ids[1] }] });
    const past = await list(`metadata=${metadata}&offset=50`);
    expect(past.json).toStrictEqual({ total: 2, offset: 50, limit: 10 });
    const only = await list(`metadata=${metadata}&only_total=true`);
    expect(only.json).toStrictEqual({ total: 2, limit: 10 });
  });

  it('says how the viewer comes to see a client', async () => {
    const { clients } = (await list(`id=${ids[0]}`)).read<{ clients: object[] }>();
    expect(clients[0]).toMatchObject({ access_type: 'direct', role_name: 'admin' });
    expect(await found('access_type=domain')).toStrictEqual([]);
  });

  it.each([
    ['invalid limit size', 'limit=0'],
    ['invalid limit size', 'limit=101'],
    ['invalid status', 'status=nonsense'],
    ['invalid list order provided', 'order=id'],
    ['invalid list direction provided', 'dir=up'],
    ['invalid query parameters', 'limit=x'],
    ['invalid query parameters', 'limit=1&limit=2'],
    ['invalid query parameters', 'offset=-1'],
    ['invalid query parameters', 'metadata=nonsense'],
    ['invalid query parameters', 'only_total=perhaps'],
    ['invalid query parameters', 'created_from=yesterday'],
  ])('refuses with 400 "%s": %s', async (text, query) => {
    const answer = await list(query);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });
});
