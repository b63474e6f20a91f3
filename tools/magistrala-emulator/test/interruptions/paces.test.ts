import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Sent, send } from '../contract/support/http.js';
import { type Started, start } from '../support.js';

let started: Started;
beforeAll(async () => {
  started = await start();
});
afterAll(() => started.emulator.close());
afterEach(() => started.emulator.reset());

const control = (method: string, path: string, sent?: Sent) =>
  send(method, `${started.emulator.urls.control}${path}`, sent);

describe('stale checks', () => {
  it('miss what was just created, and see it a moment later', async () => {
    const { id: domain } = started.emulator.addDomain();
    const url = `${started.emulator.urls.clients}/${domain}/clients`;
    const { token } = started;
    expect((await control('PUT', '/stale-checks', { json: { chance: 1, ms: 60_000 } })).status).toBe(204);
    const { id } = (await send('POST', url, { token, json: {} })).read<{ id: string }>();
    expect((await send('GET', `${url}/${id}`, { token })).status).toBe(403);
    expect((await send('DELETE', `${url}/${id}`, { token })).status).toBe(403);
    // Lists ask the database, not the policies.
    expect((await send('GET', `${url}?id=${id}`, { token })).read<{ total: number }>().total).toBe(1);
    await control('PUT', '/stale-checks', { json: { chance: 1, ms: 1 } });
    const next = (await send('POST', url, { token, json: {} })).read<{ id: string }>();
    let seen: number;
    do seen = (await send('GET', `${url}/${next.id}`, { token })).status;
    while (seen === 403);
    expect(seen).toBe(200);
  });
});

describe('adding configurations', () => {
  it('takes its time, so many at a time, when told so', async () => {
    const { id: domain } = started.emulator.addDomain();
    const add = () =>
      send('POST', `${started.emulator.urls.bootstrap}/${domain}/clients/configs`, {
        token: started.token,
        json: { external_id: randomUUID(), external_key: 'k' },
      });
    const json = { least_ms: 40, most_ms: 40, workers: 2 };
    expect((await control('PUT', '/configuration-pace', { json })).status).toBe(204);
    const from = performance.now();
    const answers = await Promise.all([1, 2, 3, 4].map(add));
    expect(answers.map(({ status }) => status)).toStrictEqual([201, 201, 201, 201]);
    // Two after the other two.
    expect(performance.now() - from).toBeGreaterThanOrEqual(78);
  });
});

describe('facts', () => {
  it('can be set from outside', async () => {
    const { id: domain } = started.emulator.addDomain();
    const url = `${started.emulator.urls.clients}/${domain}/clients`;
    const { token } = started;
    const { id } = (await send('POST', url, { token, json: {} })).read<{ id: string }>();
    const put = (what: string, json: object) => control('PUT', `/clients/${what}/facts`, { json });
    expect((await put(id, { status: 'deleted', policies: false, roles: false })).status).toBe(204);
    expect(started.emulator.inventory(domain).clients).toMatchObject([
      { id, status: 'deleted', policies: false, roles: false },
    ]);
    expect((await put(id, { status: 'half' })).status).toBe(400);
    expect((await put('nobody', {})).status).toBe(400);
  });
});
