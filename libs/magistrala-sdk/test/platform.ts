import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { Secret } from '@org/domain';
import { type DomainCallOptions, createTransport } from '@org/http-client';
import { startEmulator } from '@org/magistrala-emulator';
import { createMagistrala } from '../src/index.js';

export const password = new Secret('12345678');

/** The emulator, a client of all services, and the administrator in a domain of its own. */
export async function platform() {
  const emulator = await startEmulator();
  const transport = createTransport();
  afterAll(async () => {
    await transport.close();
    await emulator.close();
  });
  const magistrala = createMagistrala({ urls: emulator.urls, transport, retry: { baseMs: 1 } });
  const { users, domains } = magistrala;

  const login = async (username: string) => (await users.issueToken({ username, password })).accessToken;
  /** A new user, signed in. */
  const newUser = async () => {
    const username = `u${randomUUID().slice(0, 8)}`;
    const email = `${username}@plant.test`;
    const user = await users.create({ firstName: 'Ana', lastName: 'Kos', email, username, password });
    return { user, token: await login(username) };
  };
  /** A new domain, and how its owner calls. */
  const newDomain = async (token: Secret): Promise<DomainCallOptions> => {
    const route = `r${randomUUID().slice(0, 8)}`;
    return { token, domainId: (await domains.create({ name: route, route }, { token })).id };
  };

  return { emulator, transport, ...magistrala, login, newUser, newDomain };
}
