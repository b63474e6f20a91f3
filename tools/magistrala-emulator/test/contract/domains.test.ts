import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import type { Service } from './support/target.js';
import { newClient } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const create = async (json: object) => {
  const answer = await bench.asOwner('domains', 'POST', '/domains', { json });
  if (answer.status === 201) {
    bench.later('domains', 'POST', `/domains/${answer.read<{ id: string }>().id}/disable`);
  }
  return answer;
};

describe('domains (wire §6)', () => {
  it('creates one for anybody, without a Location', async () => {
    const name = fresh('plant');
    const route = fresh('r');
    const answer = await create({ name, route });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.json).toMatchObject({ name, route, status: 'enabled', created_by: bench.owner.id });
    expect(answer.json).toMatchObject({ updated_at: '0001-01-01T00:00:00Z' });
  });

  it.each([
    ['missing identity name', { route: 'r' }],
    ['missing route', { name: 'n' }],
    ['invalid route format', { name: 'n', route: '1abc' }],
    ['invalid route format', { name: 'n', route: 'a--b' }],
    ['invalid id format provided', { id: 'X', name: 'n', route: 'r' }],
  ])('refuses with 400 "%s"', async (text, json) => {
    const answer = await create(json);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });

  it('validates nothing but the id when there is one, and then needs a route all the same', async () => {
    const id = randomUUID();
    const without = await create({ id });
    expect([without.status, without.text]).toStrictEqual([422, message('failed to create entity')]);
    const made = await create({ id, route: fresh('r') });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ id, name: '' });
    const again = await create({ id, route: fresh('r') });
    expect([again.status, again.text]).toStrictEqual([400, message('domain already exists')]);
  });

  it('wants routes to be different, and names to be short', async () => {
    const route = fresh('r');
    await create({ name: 'a', route });
    const taken = await create({ name: 'b', route });
    expect([taken.status, taken.text]).toStrictEqual([400, message('route not available')]);
    const long = await create({ name: 'x'.repeat(255), route: fresh('r') });
    expect([long.status, long.text]).toStrictEqual([422, message('failed to create entity')]);
  });

  it('shows a domain to members, and not to others', async () => {
    expect((await bench.asOwner('domains', 'GET', '/domains/{domain}')).status).toBe(200);
    const other = await bench.call('domains', 'GET', '/domains/{domain}', { token: bench.stranger.token });
    expect([other.status, other.text]).toStrictEqual([
      403,
      message('failed to perform authorization over the entity'),
    ]);
    const unknown = await bench.asOwner('domains', 'GET', `/domains/${randomUUID()}`);
    expect([unknown.status, unknown.text]).toStrictEqual([404, message('entity not found')]);
  });

  it('lists the domains of the caller only', async () => {
    const mine = await bench.asOwner('domains', 'GET', `/domains?id={domain}`);
    expect(mine.json).toMatchObject({ total: 1, domains: [{ id: bench.domain }] });
    const theirs = await bench.call('domains', 'GET', '/domains?id={domain}', {
      token: bench.stranger.token,
    });
    expect(theirs.json).toMatchObject({ total: 0 });
  });

  it('updates, and lets only administrators in once disabled', async () => {
    const domain = await bench.newDomain(bench.owner.token);
    const patched = await bench.asOwner('domains', 'PATCH', `/domains/${domain}`, {
      json: { name: 'renamed' },
    });
    expect(patched.json).toMatchObject({ id: domain, name: 'renamed' });
    const disabled = await bench.asOwner('domains', 'POST', `/domains/${domain}/disable`);
    expect([disabled.status, disabled.text]).toStrictEqual([200, '']);
    const made = await bench.asOwner('clients', 'POST', `/${domain}/clients`, { json: {} });
    expect(made.status).toBe(201);
    const enabled = await bench.asOwner('domains', 'POST', `/domains/${domain}/enable`);
    expect([enabled.status, enabled.text]).toStrictEqual([200, '']);
    bench.later('clients', 'DELETE', `/${domain}/clients/${made.read<{ id: string }>().id}`);
  });

  it('freezes at the word of the platform administrator, for everybody else', async () => {
    const domain = await bench.newDomain(bench.owner.token);
    const freeze = (token: string) => bench.call('domains', 'POST', `/domains/${domain}/freeze`, { token });
    expect((await freeze(bench.owner.token)).status).toBe(403);
    expect((await freeze(bench.admin)).status).toBe(200);
    expect((await bench.asOwner('clients', 'POST', `/${domain}/clients`, { json: {} })).status).toBe(403);
    await bench.call('domains', 'POST', `/domains/${domain}/enable`, { token: bench.admin });
  });
});

describe('what can be made in a domain that is not enabled (wire §1.8, §11.1)', () => {
  const everyKind = async (domain: string, token: string) => {
    const post = async (service: Service, path: string, json: object) => {
      const answer = await bench.call(service, 'POST', path, { token, json });
      const { id } = answer.status === 201 ? answer.read<{ id: string }>() : {};
      if (id !== undefined) bench.later(service, 'DELETE', `${path}/${id}`);
      return answer.status;
    };
    return [
      await post('clients', `/${domain}/clients`, {}),
      await post('channels', `/${domain}/channels`, {}),
      await post('bootstrap', `/${domain}/clients/configs`, {
        external_id: fresh('gw'),
        external_key: 'k',
      }),
    ];
  };

  it('is all of it for its administrator where it is disabled, and nothing where it is frozen', async () => {
    const domain = await bench.newDomain(bench.owner.token);
    await bench.asOwner('domains', 'POST', `/domains/${domain}/disable`);
    expect(await everyKind(domain, bench.owner.token)).toStrictEqual([201, 201, 201]);
    await bench.call('domains', 'POST', `/domains/${domain}/freeze`, { token: bench.admin });
    expect(await everyKind(domain, bench.owner.token)).toStrictEqual([403, 403, 403]);
    await bench.call('domains', 'POST', `/domains/${domain}/enable`, { token: bench.admin });
  });
});

describe('roles (wire §11.1)', () => {
  const withActions = async (actions: readonly string[]) => {
    const person = await bench.newPerson();
    const json = { role_name: fresh('role'), optional_actions: actions, optional_members: [person.id] };
    const made = await bench.asOwner('domains', 'POST', '/domains/{domain}/roles', { json });
    expect([made.status, made.json]).toMatchObject([201, { name: json.role_name, entity_id: bench.domain }]);
    return person.token;
  };
  const createClient = (token: string) =>
    bench.call('clients', 'POST', '/{domain}/clients', { token, json: { name: 'c' } });

  it('let a member with "read" alone look, and add and enable configurations all the same', async () => {
    const token = await withActions(['read']);
    expect((await createClient(token)).status).toBe(403);
    const json = { external_id: fresh('gw'), external_key: 'k' };
    const added = await bench.call('bootstrap', 'POST', '/{domain}/clients/configs', { token, json });
    expect(added.status).toBe(201);
    const path = `/{domain}/clients/configs/${added.read<{ id: string }>().id}`;
    bench.later('bootstrap', 'DELETE', path);
    expect((await bench.call('bootstrap', 'GET', '/{domain}/clients/configs', { token })).status).toBe(200);
    expect((await bench.call('bootstrap', 'POST', `${path}/enable`, { token })).status).toBe(200);
  });

  it('let a member who may create do everything with what that member made, and not with what others made', async () => {
    const token = await withActions(['read', 'client_create', 'channel_create']);
    const made = await createClient(token);
    expect(made.status).toBe(201);
    const own = `/{domain}/clients/${made.read<{ id: string }>().id}`;
    const other = `/{domain}/clients/${await newClient(bench)}`;
    expect((await bench.call('clients', 'GET', other, { token })).status).toBe(403);
    expect((await bench.call('clients', 'DELETE', other, { token })).status).toBe(403);
    expect((await bench.call('clients', 'DELETE', own, { token })).status).toBe(204);
  });

  it('are made by administrators of the domain, with a name', async () => {
    const path = '/domains/{domain}/roles';
    const unnamed = await bench.asOwner('domains', 'POST', path, { json: {} });
    expect([unnamed.status, unnamed.text]).toStrictEqual([400, message('empty role name')]);
    const { token } = bench.stranger;
    const json = { role_name: fresh('role'), optional_actions: ['read'] };
    expect((await bench.call('domains', 'POST', path, { token, json })).status).toBe(403);
  });
});
