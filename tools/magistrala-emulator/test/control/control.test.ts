import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sent, send } from '../contract/support/http.js';
import { type Started, start, tokenOf } from '../support.js';

let started: Started;
beforeAll(async () => {
  started = await start();
});
afterAll(() => started.emulator.close());

const control = (method: string, path: string, sent?: Sent) =>
  send(method, `${started.emulator.urls.control}${path}`, sent);

describe('the control interface', () => {
  it('describes the emulator', async () => {
    const { emulator } = started;
    expect((await control('GET', '/')).json).toMatchObject({
      services: emulator.urls,
      authGrpc: emulator.authGrpc,
      operations: expect.arrayContaining([
        { operation: 'clients.create_bulk', method: 'POST', path: '/{domainID}/clients/bulk' },
        { operation: 'auth.authenticate', method: 'GRPC' },
      ]),
    });
  });

  it('adds, watches and removes faults', async () => {
    const added = await control('POST', '/faults', {
      json: { operation: 'clients.list', action: 'hold_before' },
    });
    expect(added.status).toBe(201);
    const { id } = added.read<{ id: string }>();
    expect((await control('GET', `/faults/${id}?wait=1`)).json).toMatchObject({ id, hits: 0 });
    const held = started.clients('GET');
    expect((await control('GET', `/faults/${id}?wait=5000`)).json).toMatchObject({ id, hits: 1 });
    expect((await control('POST', `/faults/${id}/release`)).status).toBe(204);
    expect((await held).status).toBe(200);
    expect((await control('GET', '/faults')).json).toMatchObject([{ id }]);
    expect((await control('DELETE', `/faults/${id}`)).status).toBe(204);
    expect((await control('GET', `/faults/${id}`)).status).toBe(404);
    await control('POST', '/faults', { json: { times: null, action: 'refuse' } });
    expect((await started.clients('GET')).status).toBe(503);
    await control('DELETE', '/faults');
    expect((await started.clients('GET')).status).toBe(200);
  });

  it('says what is wrong with a rule', async () => {
    for (const sent of [{ json: {} }, { json: { action: 'refuse', nth: 'x' } }, { body: '{' }]) {
      expect((await control('POST', '/faults', sent)).status).toBe(400);
    }
  });

  it('shows and forgets calls', async () => {
    await started.clients('GET');
    const calls = (await control('GET', '/calls')).read<{ operation: string }[]>();
    expect(calls.at(-1)).toMatchObject({ operation: 'clients.list' });
    await control('DELETE', '/calls');
    expect((await control('GET', '/calls')).json).toStrictEqual([]);
  });

  it('sets the time of a call', async () => {
    expect((await control('PUT', '/latency', { json: { ms: 30 } })).status).toBe(204);
    const before = performance.now();
    await started.clients('GET');
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
    await control('PUT', '/latency', { json: { ms: 0 } });
    expect((await control('PUT', '/latency', { json: { ms: 'x' } })).status).toBe(400);
  });

  it('adds domains, users and members', async () => {
    const domain = (await control('POST', '/domains', { json: { name: 'plant' } })).read<{ id: string }>();
    const user = (await control('POST', '/users', { json: {} })).read<{
      id: string;
      username: string;
      password: string;
    }>();
    const token = await tokenOf(started.emulator, user);
    const create = () =>
      send('POST', `${started.emulator.urls.clients}/${domain.id}/clients`, { token, json: { name: 'c' } });
    expect((await create()).status).toBe(403);
    const member = `/domains/${domain.id}/members/${user.id}`;
    expect((await control('PUT', member, { json: { role: 'nonsense' } })).status).toBe(400);
    expect((await control('PUT', member)).status).toBe(204);
    expect((await create()).status).toBe(201);
    expect((await control('GET', `/inventory?domain=${domain.id}`)).json).toMatchObject({
      clients: [{ name: 'c', domain_id: domain.id }],
    });
    expect((await control('PUT', `/domains/none/members/${user.id}`)).status).toBe(400);
  });

  it('goes back to the start, and keeps the administrator signed in', async () => {
    await started.clients('POST', '', { json: {} });
    started.emulator.faults.add({ operation: 'users.view', times: null, action: 'refuse' });
    expect((await control('POST', '/reset')).status).toBe(204);
    expect((await control('GET', '/calls')).json).toStrictEqual([]);
    expect((await control('GET', '/faults')).json).toStrictEqual([]);
    expect(Object.values(started.emulator.inventory()).flat()).toStrictEqual([]);
    const { id } = started.emulator.addDomain();
    const url = `${started.emulator.urls.clients}/${id}/clients`;
    expect((await send('POST', url, { token: started.token, json: {} })).status).toBe(201);
  });

  it('knows no other paths', async () => {
    expect((await control('GET', '/nowhere')).status).toBe(404);
    expect((await control('PATCH', '/calls')).status).toBe(405);
  });
});
