import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send } from './contract/support/http.js';
import { type Started, start } from './support.js';

let started: Started;
beforeAll(async () => {
  started = await start();
});
afterAll(() => started.emulator.close());

it('holds all that was made in a domain, and nothing of another', async () => {
  const { emulator, domain, token } = started;
  const { clients, channels, bootstrap, certs } = emulator.urls;
  const post = async (url: string, json: object, method = 'POST') =>
    (await send(method, url, { token, json })).text;
  const idOf = (text: string) => (JSON.parse(text) as { id: string }).id;

  const client = idOf(
    await post(`${clients}/${domain}/clients`, { name: 'press', metadata: { external_id: 'x' } }),
  );
  const channel = idOf(await post(`${channels}/${domain}/channels`, { name: 'control' }));
  const connection = { channel_ids: [channel], client_ids: [client], types: ['publish'] };
  await post(`${channels}/${domain}/channels/connect`, connection);
  const slots = [{ name: 'mqtt', type: 'client', required: true }];
  const profiles = `${bootstrap}/${domain}/clients/bootstrap/profiles`;
  const profile = idOf(await post(profiles, { name: 'p', binding_slots: slots }));
  const configs = `${bootstrap}/${domain}/clients/configs`;
  const config = idOf(await post(configs, { external_id: 'x', external_key: 'k', profile_id: profile }));
  const bindings = [{ slot: 'mqtt', type: 'client', resource_id: client }];
  await post(`${bootstrap}/${domain}/clients/bootstrap/enrollments/${config}/bindings`, { bindings }, 'PUT');
  const options = { common_name: client };
  const { serial_number } = JSON.parse(
    await post(`${certs}/${domain}/certs/issue/${client}`, { options }),
  ) as {
    serial_number: string;
  };

  expect(emulator.inventory(domain)).toMatchObject({
    clients: [
      { id: client, domain_id: domain, name: 'press', metadata: { external_id: 'x' }, status: 'enabled' },
    ],
    channels: [{ id: channel, name: 'control' }],
    connections: [{ channel_id: channel, client_id: client, domain_id: domain, type: 'Publish' }],
    configs: [{ id: config, external_id: 'x', profile_id: profile, status: 'enabled' }],
    bindings: [{ config_id: config, slot: 'mqtt', resource_id: client, orphaned: false }],
    profiles: [{ id: profile }],
    certificates: [{ serial_number, entity_id: client, revoked: false, domain_id: domain }],
  });
  expect(JSON.stringify(emulator.inventory())).not.toContain('keyHash');
  expect(Object.values(emulator.inventory(emulator.addDomain().id)).flat()).toStrictEqual([]);

  // Magistrala leaves the bindings of a removed config behind.
  await send('DELETE', `${configs}/${config}`, { token });
  await send('DELETE', `${certs}/${domain}/certs/${client}/delete`, { token });
  expect(emulator.inventory(domain)).toMatchObject({
    configs: [],
    bindings: [{ config_id: config, orphaned: true }],
    certificates: [{ serial_number, entity_id: null, revoked: true }],
  });
});
