import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Left } from '../../src/index.js';
import { type Answer, message, send } from '../contract/support/http.js';
import { type Started, start, tokenOf } from '../support.js';

/** The tables of Magistrala wire §11.1, line by line. */

let started: Started;
let owner: string;
beforeAll(async () => {
  started = await start();
  const user = started.emulator.addUser();
  started.emulator.addMember(started.domain, user.id, 'admin');
  owner = await tokenOf(started.emulator, user);
});
afterAll(() => started.emulator.close());
afterEach(() => started.emulator.faults.clear());

const KINDS = ['clients', 'channels'] as const;
type Kind = (typeof KINDS)[number];

const call = (kind: Kind, method: string, path: string, sent: { json?: unknown; token?: string } = {}) =>
  send(method, `${started.emulator.urls[kind]}/${started.domain}/${kind}${path}`, { token: owner, ...sent });

const said = ({ status, text }: Answer) => [status, text];
const FORBIDDEN = [403, message('failed to perform authorization over the entity')];
const MALFORMED = [400, message('malformed entity specification')];

/** What the wire shows of an id: to its owner, and to the platform administrator. */
async function shown(kind: Kind, id: string) {
  const listed = async (token: string) => {
    const page = (await call(kind, 'GET', `?id=${id}&status=all`, { token })).read<
      Record<string, unknown> & { total: number }
    >();
    const [item] = (page[kind] ?? []) as { status: string }[];
    return item?.status ?? 'not listed';
  };
  const view = await call(kind, 'GET', `/${id}`);
  return {
    view: view.status === 200 ? view.read<{ status: string }>().status : view.status,
    owner: await listed(owner),
    admin: await listed(started.token),
  };
}

/** Creates one whose connection is cut in the middle, so that this is left of it. */
async function cutCreate(kind: Kind, leaves: Left, id: string = randomUUID()): Promise<string> {
  started.emulator.faults.add({ operation: `${kind}.create_bulk`, action: 'drop_during', leaves });
  await expect(call(kind, 'POST', '/bulk', { json: [{ id, name: 'cut' }] })).rejects.toThrow('fetch failed');
  return id;
}

describe.each(KINDS)('a create of %s that is cut off', (kind) => {
  it.each([
    ['nothing', { view: 403, owner: 'not listed', admin: 'not listed' }],
    ['complete', { view: 'enabled', owner: 'enabled', admin: 'enabled' }],
    ['row', { view: 403, owner: 'not listed', admin: 'enabled' }],
    ['policies', { view: 'enabled', owner: 'not listed', admin: 'enabled' }],
  ] as const)('may leave %s', async (leaves, seen) => {
    expect(await shown(kind, await cutCreate(kind, leaves))).toStrictEqual(seen);
  });

  it('leaves a row that no one may delete, and whose id is taken', async () => {
    const id = await cutCreate(kind, 'row');
    for (const token of [owner, started.token])
      expect(said(await call(kind, 'DELETE', `/${id}`, { token }))).toStrictEqual(FORBIDDEN);
    expect((await call(kind, 'POST', '', { json: { id } })).status).toBe(kind === 'clients' ? 422 : 400);
  });

  it('leaves a row without roles, whose DELETE is refused and marks it as deleted for ever', async () => {
    const id = await cutCreate(kind, 'policies');
    expect(said(await call(kind, 'DELETE', `/${id}`))).toStrictEqual(MALFORMED);
    expect(await shown(kind, id)).toStrictEqual({ view: 'deleted', owner: 'not listed', admin: 'deleted' });
    expect(said(await call(kind, 'DELETE', `/${id}`))).toStrictEqual(MALFORMED);
  });
});

describe.each(KINDS)('a delete of %s that is cut off', (kind) => {
  async function cutDelete(leaves: Left): Promise<string> {
    const id = randomUUID();
    await call(kind, 'POST', '', { json: { id } });
    started.emulator.faults.add({ operation: `${kind}.delete`, action: 'drop_during', leaves });
    await expect(call(kind, 'DELETE', `/${id}`)).rejects.toThrow('fetch failed');
    return id;
  }

  it.each([
    ['nothing', { view: 'enabled', owner: 'enabled', admin: 'enabled' }, 204],
    ['deleted', { view: 'deleted', owner: 'deleted', admin: 'deleted' }, 204],
    ['unowned', { view: 403, owner: 'deleted', admin: 'deleted' }, 403],
    ['complete', { view: 403, owner: 'not listed', admin: 'not listed' }, 403],
  ] as const)('may leave it %s', async (leaves, seen, again) => {
    const id = await cutDelete(leaves);
    expect(await shown(kind, id)).toStrictEqual(seen);
    expect((await call(kind, 'DELETE', `/${id}`)).status).toBe(again);
  });
});

it('removes the connections first when a delete is cut off', async () => {
  const [client, channel] = [randomUUID(), randomUUID()];
  await call('clients', 'POST', '', { json: { id: client } });
  await call('channels', 'POST', '', { json: { id: channel } });
  const json = { channel_ids: [channel], client_ids: [client], types: ['publish'] };
  expect((await call('channels', 'POST', '/connect', { json })).status).toBe(201);
  started.emulator.faults.add({ operation: 'clients.delete', action: 'drop_during', leaves: 'deleted' });
  await expect(call('clients', 'DELETE', `/${client}`)).rejects.toThrow('fetch failed');
  expect(started.emulator.inventory(started.domain).connections).toEqual([]);
});

it('issues a certificate that is listed under no entity', async () => {
  const entity = randomUUID();
  const { certs } = started.emulator.urls;
  const list = async (query: string) =>
    (await send('GET', `${certs}/${started.domain}/certs?limit=0${query}`, { token: owner })).read<{
      total: number;
      certificates?: { entity_id?: string }[];
    }>();
  const before = (await list('')).total;
  started.emulator.faults.add({ operation: 'certs.issue', action: 'drop_during', leaves: 'unlinked' });
  const options = { common_name: entity };
  const issue = send('POST', `${certs}/${started.domain}/certs/issue/${entity}`, {
    token: owner,
    json: { options },
  });
  await expect(issue).rejects.toThrow('fetch failed');
  expect((await list(`&entity_id=${entity}`)).total).toBe(0);
  // Among all there are it is found, and its subject says whose it is.
  expect((await list('')).total).toBe(before + 1);
});

describe('a caller that goes away by itself', () => {
  const createAndLeave = async (fault: { waitForHit(): Promise<unknown> }, id: string) => {
    const leaving = new AbortController();
    const creating = fetch(`${started.emulator.urls.clients}/${started.domain}/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
      signal: leaving.signal,
    });
    await fault.waitForHit();
    leaving.abort();
    await expect(creating).rejects.toThrow('aborted');
  };
  const eventually = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const rowOf = (id: string) =>
    started.emulator.inventory(started.domain).clients.find((client) => client.id === id);

  it('interrupts a call that is held in the middle', async () => {
    const fault = started.emulator.faults.add({
      operation: 'clients.create',
      action: 'hold_during',
      leaves: 'row',
    });
    const id = randomUUID();
    await createAndLeave(fault, id);
    await eventually(() => rowOf(id) !== undefined);
    expect(rowOf(id)).toMatchObject({ status: 'enabled', policies: false, roles: false });
  });

  it('lets one that is released go on as usual', async () => {
    const fault = started.emulator.faults.add({ operation: 'clients.create', action: 'hold_during' });
    const id = randomUUID();
    const creating = call('clients', 'POST', '', { json: { id } });
    await fault.waitForHit();
    expect(rowOf(id)).toBeUndefined();
    fault.release();
    expect((await creating).status).toBe(201);
  });

  it('does nothing that it would have been refused', async () => {
    const { token } = { token: await tokenOf(started.emulator, started.emulator.addUser()) };
    const id = randomUUID();
    started.emulator.faults.add({ operation: 'clients.create', action: 'drop_during', leaves: 'complete' });
    await expect(call('clients', 'POST', '', { json: { id }, token })).rejects.toThrow('fetch failed');
    expect(rowOf(id)).toBeUndefined();
  });
});

describe('what is left', () => {
  const ends = async (seed: number) => {
    const { emulator, domain, token } = await start({ seed });
    emulator.faults.add({ operation: 'clients.create', action: 'drop_during', times: null });
    for (let n = 0; n < 40; n++) {
      const json = { name: String(n) };
      await send('POST', `${emulator.urls.clients}/${domain}/clients`, { token, json }).catch(
        () => undefined,
      );
    }
    const left = emulator
      .inventory(domain)
      .clients.map(({ name, policies, roles }) => [name, policies, roles]);
    await emulator.close();
    return left;
  };

  it('goes by chance, the same for the same seed', async () => {
    const [first, same, other] = [await ends(7), await ends(7), await ends(8)];
    expect(first).toStrictEqual(same);
    expect(first).not.toStrictEqual(other);
    expect(first.length).toBeGreaterThan(5);
    expect(first.length).toBeLessThan(35);
    expect(first.some(([, policies, roles]) => !policies && !roles)).toBe(true);
  });
});
