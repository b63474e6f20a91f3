import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { call, canned, failure } from './canned.js';

const { answer, last, users, domains, clients, channels, certs } = await canned();
const never = '0001-01-01T00:00:00Z';

describe('lists', () => {
  const lists: [string, () => Promise<unknown>, string][] = [
    ['clients', () => clients.list({}, call), 'clients'],
    ['channels', () => channels.list({}, call), 'channels'],
    ['domains', () => domains.list({}, call), 'domains'],
    ['certificates', () => certs.list({}, call), 'certificates'],
  ];
  it.each(lists)('of %s are empty when absent, null or []', async (_, list, key) => {
    for (const body of [
      { total: 0 },
      { total: 0, [key]: null },
      { total: 0, offset: 0, limit: 10, [key]: [] },
    ]) {
      answer(200, body);
      expect(await list()).toEqual({ total: 0, offset: 0, items: [] });
    }
  });

  it('of refresh tokens may be null, too', async () => {
    answer(200, { refresh_tokens: null });
    expect(await users.listRefreshTokens(call)).toEqual([]);
    answer(200, { refresh_tokens: [{ id: 'r-1', description: 'laptop' }] });
    expect(await users.listRefreshTokens(call)).toEqual([{ id: 'r-1', description: 'laptop' }]);
  });

  it('are filtered by everything that the service knows', async () => {
    answer(200, {});
    await clients.list(
      {
        offset: 20,
        limit: 5,
        id: 'c-1',
        name: 'press',
        status: 'all',
        tags: { all: ['a', 'b'] },
        metadata: { external_id: '33:52' },
        order: 'name',
        dir: 'asc',
        onlyTotal: true,
        roleId: 'r',
        roleName: 'admin',
        actions: ['read', 'write'],
        createdFrom: new Date(0),
        createdTo: new Date(1000),
        channelId: 'ch-1',
        connectionType: 'publish',
        groupId: 'g',
        userId: 'u',
        accessType: 'direct',
      },
      call,
    );
    expect(last.line).toMatch(/^GET \/d-1\/clients\?/);
    expect(Object.fromEntries(new URLSearchParams(last.line.split('?')[1]))).toEqual({
      offset: '20',
      limit: '5',
      id: 'c-1',
      name: 'press',
      status: 'all',
      tags: 'a+b',
      metadata: '{"external_id":"33:52"}',
      order: 'name',
      dir: 'asc',
      only_total: 'true',
      role_id: 'r',
      role_name: 'admin',
      actions: 'read,write',
      created_from: '1970-01-01T00:00:00.000Z',
      created_to: '1970-01-01T00:00:01.000Z',
      channel: 'ch-1',
      connection_type: 'publish',
      group: 'g',
      user: 'u',
      access_type: 'direct',
    });
    await channels.list({ clientId: 'c-1', tags: { any: ['a', 'b'] } }, call);
    expect(last.line).toBe('GET /d-1/channels?tags=a%2Cb&client=c-1');
  });
});

describe('an entity', () => {
  it('of which almost everything is left out', async () => {
    answer(200, { id: 'c-1', credentials: {}, created_at: never, updated_at: never, status: 'disabled' });
    const bare = {
      id: 'c-1',
      name: '',
      tags: [],
      domainId: '',
      metadata: {},
      parentGroupId: undefined,
      createdAt: undefined,
      updatedAt: undefined,
      updatedBy: undefined,
      status: 'disabled',
    };
    const credentials = { identity: undefined, secret: undefined };
    expect(await clients.view('c-1', call)).toEqual({ ...bare, credentials, privateMetadata: {} });
    expect(await channels.view('c-1', call)).toEqual({ ...bare, route: undefined });
  });

  it('shows its secret only when asked for it', async () => {
    answer(200, { id: 'c-1', credentials: { secret: 'hunter2' } });
    const client = await clients.view('c-1', call);
    expect(client.credentials.secret?.reveal()).toBe('hunter2');
    expect(inspect(client, { depth: 9 }) + JSON.stringify({ ...client })).not.toContain('hunter2');
  });

  it('comes with the answer that it was read from', async () => {
    const body = { id: 'c-1', credentials: { secret: 'hunter2' }, updated_at: never, new_in_next_release: 1 };
    answer(200, body);
    expect((await clients.view('c-1', call)).wire).toEqual(body);
    expect((await channels.view('c-1', call)).wire).toEqual(body);
  });

  it('without an id is no answer: it may have been created', async () => {
    answer(201, { name: 'x' });
    expect(await failure(clients.create({}, call))).toBe('ambiguous unreadable_answer');
  });

  it('is sent with what was given, and nothing else', async () => {
    answer(201, { id: 'c-1' });
    await clients.create({ name: 'press-7', credentials: { secret: new Secret('s3cret') } }, call);
    expect(last.body).toEqual({ name: 'press-7', credentials: { secret: 's3cret' } });
    expect(last.headers).toMatchObject({ authorization: 'Bearer t0ken', 'content-type': 'application/json' });
    await channels.create(
      { name: 'x', route: 'press', metadata: { type: 'control' }, parentGroupId: 'g' },
      call,
    );
    expect(last.body).toEqual({
      name: 'x',
      route: 'press',
      metadata: { type: 'control' },
      parent_group_id: 'g',
    });
    answer(200, { id: 'c-1' });
    await clients.update('c-1', { privateMetadata: { a: 1 } }, call);
    expect(last.body).toEqual({ private_metadata: { a: 1 } });
  });
});

describe('errors that mean something else than their status says', () => {
  const create = () => clients.create({ id: 'c-1' }, call);
  const connections = { channelIds: ['x'], clientIds: ['y'], types: ['publish'] } as const;
  const subject = { commonName: 'c' };
  const newDomain = { name: 'n', route: 'r' };
  const newUser = { firstName: 'A', lastName: 'K', email: 'a@k', username: 'a', password: new Secret('x') };
  const login = () => users.issueToken({ username: 'a', password: new Secret('x') });

  it.each([
    ['login, no such user', login, 404, 'entity not found', 'unauthenticated bad_credentials'],
    [
      'login, wrong password',
      login,
      422,
      'compare hash and password failed',
      'unauthenticated bad_credentials',
    ],
    ['login, wrong address', login, 404, '', 'not_found not_found'],
    ['login, service fails', login, 500, '', 'unavailable server_error'],
    ['secret taken', create, 400, 'client key is not available', 'conflict client_secret_taken'],
    [
      'secret taken',
      () => clients.createBulk([], call),
      400,
      'client key is not available',
      'conflict client_secret_taken',
    ],
    [
      'secret taken',
      () => clients.updateSecret('c', new Secret('s'), call),
      400,
      'client key is not available',
      'conflict client_secret_taken',
    ],
    ['id taken, or storage failed', create, 422, 'failed to create entity', 'ambiguous create_failed'],
    ['event lost', create, 500, '', 'ambiguous server_error'],
    ['id malformed', create, 400, 'invalid id format provided', 'invalid invalid_request'],
    [
      'status as it was',
      () => clients.enable('c', call),
      422,
      'status already assigned',
      'conflict status_already_assigned',
    ],
    [
      'channel id taken',
      () => channels.create({}, call),
      400,
      'channel id already exists',
      'conflict channel_id_taken',
    ],
    ['route taken', () => channels.createBulk([], call), 400, 'route not available', 'conflict route_taken'],
    [
      'connected',
      () => channels.connect(connections, call),
      400,
      'entity already exists',
      'conflict already_connected',
    ],
    [
      'connected',
      () => channels.connectChannel('x', connections, call),
      400,
      'entity already exists',
      'conflict already_connected',
    ],
    [
      'half connected',
      () => channels.connect(connections, call),
      422,
      'failed to create entity',
      'ambiguous create_failed',
    ],
    [
      'domain id taken',
      () => domains.create(newDomain, call),
      400,
      'domain already exists',
      'conflict domain_id_taken',
    ],
    [
      'route taken',
      () => domains.create(newDomain, call),
      400,
      'route not available',
      'conflict route_taken',
    ],
    ['e-mail taken', () => users.create(newUser), 400, 'email id already registered', 'conflict email_taken'],
    ['username taken', () => users.create(newUser), 400, 'username not available', 'conflict username_taken'],
    [
      'certs, not allowed',
      () => certs.issue({ entityId: 'e', subject }, call),
      500,
      'failed to perform authorization over the entity',
      'forbidden forbidden',
    ],
    [
      'certs, unknown domain',
      () => certs.list({}, call),
      422,
      'entity not found',
      'not_found domain_not_found',
    ],
    [
      'certs, unknown serial',
      () => certs.view('1:2', call),
      422,
      'view entity failed',
      'not_found certificate_not_found',
    ],
    [
      'certs, made but not linked',
      () => certs.issue({ entityId: 'e', subject }, call),
      422,
      'failed to create certificate',
      'ambiguous create_failed',
    ],
    [
      'certs, renewing a revoked one',
      () => certs.renew('1:2', call),
      401,
      'certificate has been revoked and cannot be renewed',
      'conflict certificate_revoked',
    ],
    [
      'certs, renewing failed',
      () => certs.renew('1:2', call),
      422,
      'update entity failed',
      'ambiguous create_failed',
    ],
    [
      'certs, revoking failed',
      () => certs.revoke('1:2', call),
      422,
      'update entity failed',
      'ambiguous revoke_failed',
    ],
    [
      'certs, none linked',
      () => certs.revokeAll('e', call),
      404,
      'entity not found',
      'not_found certificate_not_found',
    ],
  ])('%s: %#', async (_, request, status, message, expected) => {
    answer(status, message === '' ? '' : { message });
    expect(await failure(request())).toBe(expected);
  });
});

describe('certs', () => {
  it('asks for what was asked for', async () => {
    answer(201, {
      serial_number: '4a:1f',
      certificate: 'PEM',
      key: 'KEY',
      expiry_time: never,
      entity_id: 'e-1',
    });
    const subject = { commonName: 'c-1', organization: ['Plant'], dnsNames: ['press-7.local'] };
    const issued = await certs.issue(
      { entityId: 'e-1', ttl: '720h', ipAddresses: ['10.0.0.7'], subject },
      call,
    );
    expect(last.line).toBe('POST /d-1/certs/issue/e-1');
    expect(last.body).toEqual({
      ttl: '720h',
      ip_addresses: ['10.0.0.7'],
      options: { common_name: 'c-1', organization: ['Plant'], dns_names: ['press-7.local'] },
    });
    expect(issued).toMatchObject({
      serialNumber: '4a:1f',
      certificate: 'PEM',
      entityId: 'e-1',
      expiresAt: undefined,
    });
    expect(issued.key.reveal()).toBe('KEY');
  });

  it('takes an issued certificate without its key for none: the key is nowhere else', async () => {
    answer(201, { serial_number: '4a:1f', certificate: 'PEM', entity_id: 'e-1' });
    const request = certs.issue({ entityId: 'e-1', subject: { commonName: 'c' } }, call);
    expect(await failure(request)).toBe('ambiguous unreadable_answer');
  });

  it('sends a request as base64 of its PEM', async () => {
    answer(200, { serial_number: '1', certificate: 'PEM' });
    await certs.issueFromCsr({ entityId: 'e-1', csr: '-----BEGIN', ttl: '24h' }, call);
    expect(last).toMatchObject({
      line: 'POST /d-1/certs/csrs/e-1?ttl=24h',
      body: { csr: 'LS0tLS1CRUdJTg==' },
    });
  });

  it('unwraps and decodes a renewal', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const certificate = {
      serial_number: '5b',
      certificate: base64('PEM ü'),
      key: base64('KEY'),
      entity_id: '',
      type: 0,
    };
    answer(200, { certificate });
    const renewed = await certs.renew('4a:1f:9c', call);
    expect(last.line).toBe('PATCH /d-1/certs/4a:1f:9c/renew');
    expect(renewed).toMatchObject({ serialNumber: '5b', certificate: 'PEM ü', entityId: undefined });
    expect(renewed.key.reveal()).toBe('KEY');
  });

  it.each([
    [{ serialNumber: '4a:1f' }, { serial_number: '4a:1f' }, 'application/json'],
    [{ certificate: 'PEM' }, { certificate: 'PEM' }, 'application/json'],
    [{ request: Buffer.from('0\x03') }, '0\x03', 'application/ocsp-request'],
  ])('asks OCSP with %j', async (question, body, type) => {
    answer(200, Buffer.from([0x30, 0x80, 0xff]));
    expect(await certs.ocsp(question)).toEqual(Buffer.from([0x30, 0x80, 0xff]));
    expect(last).toMatchObject({ body, headers: { 'content-type': type } });
  });
});
