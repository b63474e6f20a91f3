import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@org/domain';
import { type DomainRole } from '../src/index.js';
import { send } from './contract/support/http.js';
import { type Started, start, tokenOf } from './support.js';

let started: Started;
beforeAll(async () => {
  started = await start();
});
afterAll(() => started.emulator.close());

async function statuses(role: DomainRole) {
  const { emulator, domain } = started;
  const { clients, channels, bootstrap, certs, domains } = emulator.urls;
  const user = emulator.addUser();
  emulator.addMember(domain, user.id, role);
  const token = await tokenOf(emulator, user);
  const made = await started.clients('POST', '', { json: {} });
  const { id } = made.read<{ id: string }>();
  const call = async (method: string, url: string, json?: object) =>
    (await send(method, url, { token, ...(json && { json }) })).status;
  const config = { external_id: user.id, external_key: 'k' };
  const issued = await send('POST', `${certs}/${domain}/certs/issue/${id}`, {
    token: started.token,
    json: { options: { common_name: 'x' } },
  });
  const { serial_number } = issued.read<{ serial_number: string }>();
  return {
    read: await call('GET', `${clients}/${domain}/clients/${id}`),
    update: await call('PATCH', `${clients}/${domain}/clients/${id}`, { name: 'x' }),
    createClient: await call('POST', `${clients}/${domain}/clients`, {}),
    createChannel: await call('POST', `${channels}/${domain}/channels`, {}),
    addConfig: await call('POST', `${bootstrap}/${domain}/clients/configs`, config),
    issue: await call('POST', `${certs}/${domain}/certs/issue/${id}`, { options: { common_name: 'x' } }),
    revoke: await call('PATCH', `${certs}/${domain}/certs/${serial_number}/revoke`),
    disableDomain: await call('POST', `${domains}/domains/${domain}/enable`),
  };
}

describe('roles in a domain', () => {
  it('lets a member do everything but administer, and revoking certificates is administration', async () => {
    expect(await statuses('member')).toStrictEqual({
      read: 200,
      update: 200,
      createClient: 201,
      createChannel: 201,
      addConfig: 201,
      issue: 201,
      revoke: 500,
      disableDomain: 403,
    });
  });

  it('lets a reader look; but bootstrap and certs ask for no more than membership', async () => {
    expect(await statuses('reader')).toStrictEqual({
      read: 200,
      update: 403,
      createClient: 403,
      createChannel: 403,
      addConfig: 201,
      issue: 201,
      revoke: 500,
      disableDomain: 403,
    });
  });

  it('lets an installer create, and do anything with what it created, but not see what others did', async () => {
    expect(await statuses('installer')).toMatchObject({ read: 403, update: 403, createClient: 201 });
    const { emulator, domain } = started;
    const user = emulator.addUser();
    emulator.addMember(domain, user.id, 'installer');
    const token = await tokenOf(emulator, user);
    await started.clients('POST', '', { json: {} });
    const { id } = (await started.clients('POST', '', { token, json: {} })).read<{ id: string }>();
    const listed = (await started.clients('GET', '', { token })).read<{ clients: { id: string }[] }>();
    expect(listed.clients.map((client) => client.id)).toStrictEqual([id]);
    expect((await started.clients('PATCH', `/${id}`, { token, json: { name: 'mine' } })).status).toBe(200);
    expect((await started.clients('DELETE', `/${id}`, { token })).status).toBe(204);
  });

  it('lets an administrator do it all', async () => {
    expect(await statuses('admin')).toMatchObject({ revoke: 204, disableDomain: 200 });
  });

  it('says how a member sees the clients of others', async () => {
    const { emulator, domain } = started;
    const user = emulator.addUser();
    emulator.addMember(domain, user.id);
    const token = await tokenOf(emulator, user);
    const { clients } = (await started.clients('GET', '', { token })).read<{ clients: object[] }>();
    expect(clients[0]).toMatchObject({ access_type: 'domain', access_provider_id: domain });
  });

  it('knows when a member or a domain does not exist', () => {
    const { emulator, domain } = started;
    expect(() => emulator.addMember('none', emulator.addUser().id)).toThrow('no such domain');
    expect(() => emulator.addMember(domain, 'none')).toThrow('no such user');
  });
});

describe('unverified users (wire §1.9)', () => {
  it('come in or not, as the service is told', async () => {
    for (const [allowUnverifiedUsers, status] of [
      [true, 200],
      [false, 401],
    ] as const) {
      const { emulator, domain, token: adminToken } = await start({ allowUnverifiedUsers });
      const token = await tokenOf(emulator, emulator.addUser({ verified: false }));
      const url = `${emulator.urls.clients}/${domain}/clients`;
      const answer = await send('GET', url, { token });
      expect(answer.status).toBe(status);
      if (status === 401) expect(answer.text).toBe('{"message":"email not verified"}\n');
      // The profile is open to them, and administrators need no verified address.
      expect((await send('GET', `${emulator.urls.users}/users/profile`, { token })).status).toBe(200);
      expect((await send('GET', url, { token: adminToken })).status).toBe(200);
      await emulator.close();
    }
  });
});

describe('expiry', () => {
  it('ends access tokens after an hour and refresh tokens after a day, by the given clock', async () => {
    let now = Date.now();
    const clock = { ...systemClock, now: () => now };
    const { emulator, clients } = await start({ clock });
    expect((await clients('GET')).status).toBe(200);
    now += 3_599_000;
    expect((await clients('GET')).status).toBe(200);
    now += 2_000;
    expect((await clients('GET')).status).toBe(401);
    await emulator.close();
  });
});
