import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { createMagistrala } from '@org/magistrala-sdk';
import { OPERATIONS, ruleFor } from '@org/server';
import { operationOf } from '../src/security/caller.guard.js';
import { type RunningApp, type World, agentLayout, gateway, openWorld, send, startApp } from './app.js';
import { begin, enrolmentEnvironment, operator } from './enrolment/setting.js';

interface Scope {
  readonly entity_type: string;
  readonly operation: string;
  readonly entity_id?: string;
}

let world: World;
/** With the built-in authority, and Magistrala's auth service to be asked. */
let app: RunningApp;
/** The same with no one to be asked: what cannot be tried out is open to members. */
let unasked: RunningApp;
let installer: string;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, enrolmentEnvironment(), agentLayout());
  unasked = await startApp(world.emulator, enrolmentEnvironment({ MG_AUTH_GRPC_URL: '' }), agentLayout());
  const user = world.emulator.addUser();
  world.emulator.addMember(world.domainId, user.id, 'installer');
  const transport = createTransport();
  const { users } = createMagistrala({ urls: { users: world.emulator.urls.users }, transport });
  const password = new Secret(user.password);
  installer = (await users.issueToken({ username: user.username, password })).accessToken.reveal();
  await transport.close();
});
afterAll(async () => {
  await app.close();
  await unasked.close();
  await world.close();
});

/** A personal access token of the domain's administrator, for what its scopes say. */
async function personalToken(...scopes: readonly Scope[]): Promise<string> {
  const { auth } = world.emulator.urls;
  const call = async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${world.tokens.owner}`, 'content-type': 'application/json' };
    const response = await fetch(`${auth}${path}`, { method, headers, body: JSON.stringify(body) });
    return response.text();
  };
  const made = JSON.parse(await call('POST', '/pats', { name: 'test', duration: '1h' })) as {
    id: string;
    secret: string;
  };
  const full = scopes.map((scope) => ({ domain_id: world.domainId, entity_id: '*', ...scope }));
  if (full.length > 0) await call('PATCH', `/pats/${made.id}/scope/add`, { scopes: full });
  return made.secret;
}
const VIEW = { entity_type: 'clients', operation: 'view' };
const UPDATE = { entity_type: 'clients', operation: 'update' };
const CREATE = { entity_type: 'clients', operation: 'create_clients' };

const post = (path: string, token: string, body: object, headers = {}) =>
  send(`${app.url}/${world.domainId}/${path}`, { token, body, headers });
const get = (path: string, token: string) =>
  send(`${app.url}/${world.domainId}/${path}`, { method: 'GET', token });
const provisioned = async (token = world.tokens.owner): Promise<string> => {
  const { body } = await post('mapping', token, gateway());
  return (body['clients'] as { id: string }[])[0]!.id;
};
const refusal = (code: string) => ({
  status: 403,
  body: { code, message: expect.stringContaining('right') },
});

describe('the certificate and private key of a client', () => {
  it('are given to who may change the client', async () => {
    const client_id = await provisioned();
    for (const token of [world.tokens.owner, world.tokens.member])
      expect(await post('cert', token, { client_id })).toMatchObject({
        status: 201,
        body: { key: expect.stringContaining('PRIVATE KEY') },
      });
  });

  it('are not given to a member who may only look at it', async () => {
    const client_id = await provisioned();
    expect(await post('cert', world.tokens.reader, { client_id })).toMatchObject(refusal('may_not_update'));
  });

  it('are given to who created the client, though he may change no other', async () => {
    const [own, other] = [await provisioned(installer), await provisioned()];
    expect(await post('cert', installer, { client_id: own })).toMatchObject({ status: 201 });
    expect(await post('cert', installer, { client_id: other })).toMatchObject({ status: 404 });
  });

  it("are given for a personal access token by its scopes, whatever its user's rights", async () => {
    const client_id = await provisioned();
    const view = await personalToken(VIEW);
    expect(await post('cert', view, { client_id })).toMatchObject(refusal('may_not_update'));
    const other = await personalToken(VIEW, { ...UPDATE, entity_id: await provisioned() });
    expect(await post('cert', other, { client_id })).toMatchObject(refusal('may_not_update'));
    const update = await personalToken(VIEW, { ...UPDATE, entity_id: client_id });
    expect(await post('cert', update, { client_id })).toMatchObject({ status: 201 });
  });

  it('are refused the same way where only a try can tell, which changes nothing', async () => {
    const client_id = await provisioned();
    const clients = () => world.emulator.inventory(world.domainId).clients;
    const before = clients();
    const ask = (token: string) =>
      send(`${unasked.url}/${world.domainId}/cert`, { token, body: { client_id } });
    expect(await ask(world.tokens.reader)).toMatchObject(refusal('may_not_update'));
    expect(await ask(await personalToken(VIEW))).toMatchObject({ status: 403 });
    expect(await ask(world.tokens.member)).toMatchObject({ status: 201 });
    expect(clients()).toEqual(before);
  });
});

describe('the answer that an idempotency key has kept', () => {
  it('goes only to who may change its gateway', async () => {
    const [body, headers] = [gateway(), { 'idempotency-key': 'order-9' }];
    const first = await post('mapping', world.tokens.owner, body, headers);
    expect(first.status).toBe(201);
    expect(await post('mapping', world.tokens.member, body, headers)).toMatchObject({ status: 201 });
    for (const token of [world.tokens.reader, installer, await personalToken(CREATE)])
      expect(await post('mapping', token, body, headers)).toMatchObject(refusal('may_not_update'));
    expect((await post('mapping', world.tokens.owner, body, headers)).body).toEqual(first.body);
  });

  it('goes to who had it first, also when he may change nothing else', async () => {
    const [body, headers] = [gateway(), { 'idempotency-key': 'order-10' }];
    const first = await post('mapping', installer, body, headers);
    expect(await post('mapping', installer, body, headers)).toMatchObject({ status: 201, body: first.body });
  });

  it('is kept from readers where only a try can tell', async () => {
    const [body, headers] = [gateway(), { 'idempotency-key': 'order-11' }];
    const ask = (token: string) => send(`${unasked.url}/${world.domainId}/mapping`, { token, body, headers });
    const first = await ask(world.tokens.owner);
    expect(await ask(world.tokens.reader)).toMatchObject(refusal('may_not_update'));
    expect((await ask(world.tokens.owner)).body).toEqual(first.body);
  });
});

describe('lists and look-ups', () => {
  it('of machines and leftovers are for those who may change clients of the domain', async () => {
    for (const path of ['machines', 'leftovers']) {
      for (const token of [world.tokens.reader, installer, await personalToken(VIEW)])
        expect(await get(path, token)).toMatchObject(refusal('may_not_update'));
      for (const token of [world.tokens.member, await personalToken(UPDATE)])
        expect((await get(path, token)).status).toBe(200);
    }
  });

  it('of codes and enrolments are for those who may create clients', async () => {
    const device = await begin(app);
    const lookUp = (token: string) => post('enrolments/lookup', token, { code: device.code });
    for (const token of [world.tokens.reader, await personalToken(VIEW, UPDATE)]) {
      expect(await lookUp(token)).toMatchObject(refusal('may_not_create'));
      expect(await get('enrolments', token)).toMatchObject(refusal('may_not_create'));
    }
    const found = await lookUp(await personalToken(CREATE));
    expect(found.status).toBe(200);
    const path = `enrolments/${String(found.body['id'])}`;
    expect(await get(path, world.tokens.reader)).toMatchObject(refusal('may_not_create'));
    expect(await post(`${path}/approve`, world.tokens.reader, { name: 'press' })).toMatchObject(
      refusal('may_not_create'),
    );
    expect(await post(`${path}/approve`, installer, { name: 'press' })).toMatchObject({ status: 200 });
    await device.redeem();
  });

  it('of one machine are also for who created its gateway', async () => {
    const device = await begin(app);
    const approved = await operator(app, installer, world.domainId).approve(device.code);
    expect(approved.status).toBe(200);
    await device.redeem();
    const path = `machines/${String(approved.body['machine_id'])}`;
    expect((await get(path, installer)).status).toBe(200);
    expect((await get(path, world.tokens.member)).status).toBe(200);
    expect(await get(path, world.tokens.reader)).toMatchObject(refusal('may_not_update'));
    expect(await post(`${path}/reissue`, world.tokens.reader, {})).toMatchObject(refusal('may_not_remove'));
    expect((await post(`${path}/reissue`, installer, {})).status).toBe(200);
  });

  it('of the bootstrap content take a scope of a personal access token', async () => {
    expect(await get('mapping', await personalToken())).toMatchObject(refusal('may_not_read'));
    const scoped = await personalToken({ entity_type: 'bootstrap', operation: 'list' });
    expect((await get('mapping', scoped)).status).toBe(200);
    expect((await get('mapping', world.tokens.reader)).status).toBe(200);
    const ask = (token: string) => send(`${unasked.url}/${world.domainId}/mapping`, { method: 'GET', token });
    expect((await ask(await personalToken())).status).toBe(403);
    expect((await ask(scoped)).status).toBe(200);
  });
});

describe('a machine, where no one can be asked', () => {
  it('is revoked by who may change its gateway, and by no one who may only look', async () => {
    const ask = (token: string) => operator(unasked, token, world.domainId);
    const device = await begin(unasked);
    const { body } = await ask(world.tokens.owner).approve(device.code);
    await device.redeem();
    const path = `machines/${String(body['machine_id'])}/revoke`;
    expect(await ask(world.tokens.reader).post(path, {})).toMatchObject(refusal('may_not_remove'));
    expect(await ask(world.tokens.member).post(path, {})).toMatchObject({ status: 200 });
  });
});

describe('the table of operations', () => {
  it('has what the app serves in domains, and nothing besides', async () => {
    const { body } = await send(`${app.url}/openapi.json`, { method: 'GET' });
    const served = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const ofDomains = (operations: string[]) => operations.filter((it) => it.includes('{domainID}')).sort();
    expect(ofDomains(Object.keys(OPERATIONS))).toEqual(ofDomains(served));
  });

  it('lets nothing be served that it lacks', () => {
    expect(() => ruleFor(operationOf('POST', '/:domainID/forgotten'))).toThrow('POST /{domainID}/forgotten');
    expect(ruleFor(operationOf('HEAD', '/:domainID/mapping'))).toMatchObject({ who: 'member' });
  });
});
