import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { startEmulator } from '@org/magistrala-emulator';
import { createBootstrapAdmin, createBootstrapDevice } from '../src/index.js';

/** The emulator, clients of its bootstrap service, and the administrator in a domain of its own. */
export async function platform() {
  const emulator = await startEmulator();
  const transport = createTransport();
  afterAll(async () => {
    await transport.close();
    await emulator.close();
  });
  const { urls } = emulator;
  const options = { baseUrl: urls.bootstrap, transport, retry: { baseMs: 1 } };

  /** What is no business of this package: users, domains, clients. */
  const post = async (url: string, body: unknown, token?: string) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<string, string>;
  };
  const login = { username: 'admin', password: '12345678' };
  const token = (await post(`${urls.users}/users/tokens/issue`, login))['access_token']!;
  const route = `r${randomUUID().slice(0, 8)}`;
  const domainId = (await post(`${urls.domains}/domains`, { name: route, route }, token))['id']!;
  const newClient = async () => {
    const client = await post(`${urls.clients}/${domainId}/clients`, { name: 'press-7' }, token);
    return client['id']!;
  };

  return {
    emulator,
    ...createBootstrapAdmin(options),
    device: createBootstrapDevice(options),
    call: { token: new Secret(token), domainId },
    newClient,
  };
}
