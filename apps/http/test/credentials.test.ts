import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type World, gateway, openWorld, send, startApp } from './app.js';

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

/** A run may need over an hour then: longer than a new token of the emulator lasts. */
const SLOW = {
  MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '40m',
  MG_PROVISION_RECOVERY_SETTLE: '1h',
  MG_PROVISION_RECOVERY_LEASE: '3h',
};
const post = (url: string) =>
  send(`${url}/${world.domainId}/mapping`, { token: world.tokens.owner, body: gateway() });

describe('a service without credentials of its own', () => {
  it('refuses to start a run whose caller may not be able to undo it', async () => {
    const app = await startApp(world.emulator, SLOW);
    try {
      const before = world.emulator.inventory(world.domainId);
      expect(await post(app.url)).toMatchObject({
        status: 401,
        body: { code: 'token_ends_too_soon', message: expect.stringMatching(/^get a new token; .* \d+ s/) },
      });
      expect(world.emulator.inventory(world.domainId)).toEqual(before);
    } finally {
      await app.close();
    }
  });

  it('says so at start and when asked whether it is ready, and is ready', async () => {
    const app = await startApp(world.emulator);
    try {
      const warning = expect.stringContaining("removal depends on callers' tokens");
      expect(await send(`${app.url}/ready`, { method: 'GET' })).toMatchObject({
        status: 200,
        body: { checks: expect.arrayContaining([expect.objectContaining({ name: 'credentials', warning })]) },
      });
      expect(app.log.filter((line) => line.includes("removal depends on callers' tokens"))).toHaveLength(1);
    } finally {
      await app.close();
    }
  });
});

it('a service with credentials of its own takes tokens that end soon', async () => {
  const { username, password } = world.owner;
  const app = await startApp(world.emulator, {
    ...SLOW,
    MG_PROVISION_USERNAME: username,
    MG_PROVISION_PASS: password,
  });
  try {
    expect(await post(app.url)).toMatchObject({ status: 201 });
  } finally {
    await app.close();
  }
});
