import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { type RunningApp, type World, agentLayout, gateway, openWorld, send, startApp } from './app.js';

let world: World;
let app: RunningApp;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, {}, agentLayout());
});
afterEach(() => world.emulator.faults.clear());
afterAll(async () => {
  await app.close();
  await world.close();
});
const get = (path: string, token?: string) =>
  send(`${app.url}${path}`, { method: 'GET', ...(token && { token }) });

describe('GET /{domainID}/mapping', () => {
  const path = () => `/${world.domainId}/mapping`;

  it('shows members the content as configured', async () => {
    const { status, body } = await get(path(), world.tokens.member);
    expect(status).toBe(200);
    expect(body).toMatchObject({ mqtt: { client_id: '${gateway.id}', secret: '${gateway.secret}' } });
  });

  it('shows nothing to strangers and to no one', async () => {
    expect((await get(path(), world.tokens.stranger)).status).toBe(403);
    expect((await get('/00000000-0000-4000-8000-000000000000/mapping', world.tokens.owner)).status).toBe(403);
    expect((await get(path())).body).toMatchObject({ message: 'missing or invalid bearer user token' });
  });

  it('is null where there is no content', async () => {
    const bare = await startApp(world.emulator, {}, '[bootstrap]\nprofile_id = "p"\n');
    const { status, body, headers } = await send(`${bare.url}${path()}`, {
      method: 'GET',
      token: world.tokens.member,
    });
    expect({ status, body }).toEqual({ status: 200, body: { text: 'null' } });
    expect(headers.get('content-type')).toContain('application/json');
    await bare.close();
  });
});

describe('POST /{domainID}/cert', () => {
  const issue = (body: object, token = world.tokens.owner) =>
    send(`${app.url}/${world.domainId}/cert`, { token, body });
  const provisioned = async () => {
    const { body } = await send(`${app.url}/${world.domainId}/mapping`, {
      token: world.tokens.owner,
      body: gateway(),
    });
    return (body['clients'] as { id: string }[])[0]!.id;
  };

  it('issues for a client, for as long as asked', async () => {
    const clientId = await provisioned();
    const { status, body } = await issue({ client_id: clientId, ttl: '3h' });
    expect(status).toBe(201);
    expect(Object.keys(body).sort()).toEqual(['certificate', 'key']);
    const x509 = new X509Certificate(body['certificate'] as string);
    expect(x509.subject).toContain(clientId);
    expect(x509.validToDate.getTime() - Date.now()).toBeLessThan(3.1 * 3_600_000);
  });

  it.each([
    [{}, 400, 'missing entity id'],
    [{ client_id: '' }, 400, 'missing entity id'],
    [{ client_id: 7 }, 400, 'request body is not a valid JSON, expecting a valid JSON'],
    [{ client_id: 'x', ttl: 'soon' }, 400, 'ttl must be a duration above zero, such as 720h or 90m'],
    [{ client_id: '4b1f6a2e-6d0b-4a55-9f7e-0c6f3e7a1b11' }, 404, expect.stringContaining('no client')],
  ])('refuses %j with %i', async (body, status, message) => {
    expect(await issue(body)).toMatchObject({ status, body: { message } });
  });

  it('is for members', async () => {
    expect((await issue({ client_id: 'x' }, world.tokens.stranger)).status).toBe(403);
  });
});

describe('a request without a token', () => {
  const anonymous = (url: string) => send(`${url}/${world.domainId}/mapping`, { body: gateway() });

  it("uses the service's own login where one is configured, once for many", async () => {
    const login = { MG_PROVISION_USERNAME: world.owner.username, MG_PROVISION_PASS: world.owner.password };
    const own = await startApp(world.emulator, login);
    world.emulator.clearCalls();
    const answers = await Promise.all([anonymous(own.url), anonymous(own.url), anonymous(own.url)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(world.emulator.calls().filter(({ operation }) => operation === 'users.issue_token')).toHaveLength(
      1,
    );
    expect((await send(`${own.url}/metrics`, { method: 'GET' })).body['text']).toContain(
      'provision_token_refreshes_total{how="login",outcome="ok"} 1',
    );
    await own.close();
  });

  it('is refused with the built-in authority, whose credentials are there for recovery, unless switched on', async () => {
    const login = { MG_PROVISION_USERNAME: world.owner.username, MG_PROVISION_PASS: world.owner.password };
    const builtin = { ...login, MG_PROVISION_CERTS_BACKEND: 'builtin' };
    const refusing = await startApp(world.emulator, builtin);
    expect(await anonymous(refusing.url)).toMatchObject({
      status: 401,
      body: {
        message: 'missing or invalid bearer user token',
        hint: expect.stringContaining('MG_PROVISION_ALLOW_ANONYMOUS'),
      },
    });
    await refusing.close();
    const open = await startApp(world.emulator, { ...builtin, MG_PROVISION_ALLOW_ANONYMOUS: 'true' });
    expect((await anonymous(open.url)).status).toBe(201);
    await open.close();
  });

  it('is not served with credentials for recovery, which remove what a failed run created', async () => {
    const { username, password } = world.owner;
    const own = await startApp(world.emulator, {
      MG_PROVISION_RECOVERY_USERNAME: username,
      MG_PROVISION_RECOVERY_PASS: password,
    });
    expect((await anonymous(own.url)).status).toBe(401);
    const { id } = world.emulator.addUser();
    world.emulator.clearCalls();
    world.emulator.faults.add({ operation: 'channels.connect', action: 'refuse', status: 400, times: null });
    const failed = await send(`${own.url}/${world.domainId}/mapping`, {
      token: world.tokens.member,
      body: { ...gateway(), external_id: id },
    });
    expect(failed.body).toMatchObject({ step: 'connections', leftovers: [] });
    const logins = world.emulator.calls().filter(({ operation }) => operation === 'users.issue_token');
    expect(logins).toHaveLength(1);
    await own.close();
  });

  it('is refused where that is forbidden, where nothing is configured, and for everything else', async () => {
    const login = { MG_PROVISION_USERNAME: world.owner.username, MG_PROVISION_PASS: world.owner.password };
    const strict = await startApp(world.emulator, { ...login, MG_PROVISION_ALLOW_ANONYMOUS: 'false' });
    expect((await anonymous(strict.url)).status).toBe(401);
    await strict.close();
    expect((await anonymous(app.url)).status).toBe(401);
    expect((await send(`${app.url}/${world.domainId}/cert`, { body: { client_id: 'x' } })).status).toBe(401);
  });

  it('says that the login failed, without saying what was tried', async () => {
    const login = { MG_PROVISION_USERNAME: world.owner.username, MG_PROVISION_PASS: 'wr0ng-passw0rd' };
    const own = await startApp(world.emulator, login);
    const answer = await anonymous(own.url);
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.body) + own.log.join('')).not.toContain('wr0ng-passw0rd');
    await own.close();
  });
});

type Paths = Record<
  string,
  Record<string, { parameters: { name: string; in: string }[]; responses: object }>
>;

describe('operation', () => {
  it('is healthy in the form that Magistrala has, also to HEAD', async () => {
    const { status, headers, body } = await get('/health');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/health+json');
    expect(Object.keys(body)).toEqual([
      'status',
      'version',
      'commit',
      'description',
      'build_time',
      'instance_id',
    ]);
    expect(body).toMatchObject({ status: 'pass', description: 'provision service' });
    expect((await send(`${app.url}/health`, { method: 'HEAD' })).status).toBe(200);
  });

  it('is ready while all it needs answers, and says what does not', async () => {
    const ready = await get('/ready');
    expect(ready).toMatchObject({ status: 200, body: { ready: true } });
    const names = (ready.body['checks'] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['store', 'clients', 'channels', 'bootstrap', 'auth', 'credentials']);
    const lost = await startApp(world.emulator, { MG_PROVISION_CLIENTS_URL: 'http://127.0.0.1:9' });
    const { status, body } = await send(`${lost.url}/ready`, { method: 'GET' });
    expect(status).toBe(503);
    expect(body['checks']).toContainEqual(expect.objectContaining({ name: 'clients', status: 'fail' }));
    await lost.close();
  });

  it('counts requests, runs and steps', async () => {
    await send(`${app.url}/${world.domainId}/mapping`, { token: world.tokens.owner, body: gateway() });
    const text = (await get('/metrics')).body['text'] as string;
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="POST",route="\/:domainID\/mapping",status="201"\} [1-9]/,
    );
    expect(text).toMatch(/provision_runs_total\{outcome="completed"\} [1-9]/);
    expect(text).toMatch(/provision_step_duration_seconds_count\{step="enable",outcome="ok"\} [1-9]/);
    expect(text).toMatch(/provision_journal_runs\{state="running"\} 0/);
    expect(text).not.toContain(world.domainId);
  });

  it('describes its API', async () => {
    const { body } = await get('/openapi.json');
    const paths = Object.keys(body['paths'] as object);
    expect(paths).toEqual([
      '/{domainID}/mapping',
      '/{domainID}/cert',
      '/{domainID}/leftovers',
      '/{domainID}/leftovers/{runID}/acknowledge',
      '/{domainID}/enrolments/lookup',
      '/{domainID}/enrolments',
      '/{domainID}/enrolments/{enrolmentID}',
      '/{domainID}/enrolments/{enrolmentID}/approve',
      '/{domainID}/enrolments/{enrolmentID}/deny',
      '/v1/enrolments/pending',
      '/v1/enrolments/pending/drop',
      '/{domainID}/machines',
      '/{domainID}/machines/{machineID}',
      '/{domainID}/machines/{machineID}/revoke',
      '/{domainID}/machines/{machineID}/reissue',
      '/v1/enrolments',
      '/v1/enrolments/poll',
      '/v1/enrolments/redeem',
      '/.well-known/est/cacerts',
      '/.well-known/est/{label}/cacerts',
      '/.well-known/est/csrattrs',
      '/.well-known/est/{label}/csrattrs',
      '/.well-known/est/simpleenroll',
      '/.well-known/est/{label}/simpleenroll',
      '/.well-known/est/simplereenroll',
      '/.well-known/est/{label}/simplereenroll',
      '/v1/ping',
      '/v1/provisioning/manifest/find',
      '/v1/provisioning/cert/sign',
      '/cert-sign',
      '/enrol',
      '/enrol/enrol.js',
      '/enrol/enrol.css',
      '/enrol/icon.svg',
      '/health',
      '/ready',
      '/metrics',
    ]);
    for (const [path, operations] of Object.entries(body['paths'] as Paths))
      for (const { parameters, responses } of Object.values(operations)) {
        const names = parameters.filter((it) => it.in === 'path').map(({ name }) => `{${name}}`);
        expect(names.sort()).toEqual([...(path.match(/\{\w+\}/g) ?? [])].sort());
        expect(Object.keys(responses)).toContainEqual(expect.stringMatching(/^20[01]$/));
      }
    expect((await get('/docs')).body['text']).toContain('swagger-ui');
  });

  it('takes over a request id that can be logged, and makes one otherwise', async () => {
    const ask = (id: string) => send(`${app.url}/health`, { method: 'GET', headers: { 'x-request-id': id } });
    expect((await ask('order-7.a')).headers.get('x-request-id')).toBe('order-7.a');
    expect((await ask('{"forged": true}')).headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  });

  it('says what is wrong with paging', async () => {
    const leftovers = (query: string) => get(`/${world.domainId}/leftovers?${query}`, world.tokens.owner);
    expect(await leftovers('limit=0')).toMatchObject({ status: 400, body: { field: 'limit' } });
    expect(await leftovers('offset=-1')).toMatchObject({ status: 400, body: { field: 'offset' } });
    expect(await leftovers('limit=100')).toMatchObject({
      status: 200,
      body: { total: 0, limit: 100, leftovers: [], remnants_total: 0, remnants: [] },
    });
  });
});
