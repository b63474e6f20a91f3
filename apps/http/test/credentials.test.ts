import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type World, agentLayout, gateway, openWorld, send, startApp } from './app.js';
import { begin, enrolmentEnvironment, operator } from './enrolment/setting.js';

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

/** A run may need over an hour then: longer than a new token of the emulator lasts. */
const SLOW = {
  MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '40m',
  MG_PROVISION_RECOVERY_SETTLE: '1h',
  MG_PROVISION_RECOVERY_LEASE: '3h',
};
const post = (url: string, { body = gateway(), headers = {} } = {}) =>
  send(`${url}/${world.domainId}/mapping`, { token: world.tokens.owner, body, headers });
const ready = async ({ url }: { url: string }) => send(`${url}/ready`, { method: 'GET' });
/** A token with these claims, which no one signed. */
const unsigned = (claims: object) =>
  ['{"alg":"HS512","typ":"JWT"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

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

  it('refuses an approval for the same reason, and takes it once the token lasts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'provision-credentials-'));
    const shared = { MG_PROVISION_STATE_PATH: join(folder, 'state.db'), MG_PROVISION_AUTHORITY_PATH: folder };
    const open = (env: Record<string, string>) =>
      startApp(world.emulator, { ...enrolmentEnvironment(shared), ...env }, agentLayout());
    const before = world.emulator.inventory(world.domainId);
    const slow = await open(SLOW);
    const device = await begin(slow);
    try {
      const owner = operator(slow, world.tokens.owner, world.domainId);
      expect(await owner.approve(device.code)).toMatchObject({
        status: 401,
        body: { code: 'token_ends_too_soon' },
      });
      expect((await device.poll()).body).toMatchObject({ state: 'pending' });
      expect(world.emulator.inventory(world.domainId)).toEqual(before);
    } finally {
      await slow.close();
    }
    const app = await open({});
    try {
      const owner = operator(app, world.tokens.owner, world.domainId);
      expect(await owner.approve(device.code)).toMatchObject({ status: 200, body: { state: 'approved' } });
    } finally {
      await app.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('answers a replay whose token ends soon: it creates nothing that would have to be undone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'provision-credentials-'));
    const shared = { MG_PROVISION_STATE_PATH: join(folder, 'state.db') };
    const wanted = { body: gateway(), headers: { 'idempotency-key': 'replayed-late' } };
    const app = await startApp(world.emulator, shared);
    const first = await post(app.url, wanted).finally(() => app.close());
    expect(first.status).toBe(201);
    const slow = await startApp(world.emulator, { ...shared, ...SLOW });
    try {
      expect(await post(slow.url, wanted)).toMatchObject({ status: 201, body: first.body });
    } finally {
      await slow.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('says so at start and when asked whether it is ready, and is ready', async () => {
    const app = await startApp(world.emulator);
    try {
      const warning = expect.stringContaining("removal depends on callers' tokens");
      expect(await ready(app)).toMatchObject({
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

describe('a token of its own', () => {
  it('is refused at start when it is an API key, which no service of Magistrala takes', async () => {
    const MG_PROVISION_API_KEY = unsigned({ type: 3, role: 0, user: 'u', exp: 4_000_000_000 });
    await expect(startApp(world.emulator, { MG_PROVISION_API_KEY })).rejects.toMatchObject({
      code: 'api_key_unusable',
      message: expect.stringContaining('set a personal access token'),
    });
  });

  it('that the auth service does not know is told by /ready', async () => {
    const MG_PROVISION_API_KEY = 'pat_bm9ib2R5_0123456789abcdef';
    const app = await startApp(world.emulator, { MG_PROVISION_API_KEY });
    try {
      const warning = expect.stringContaining('MG_PROVISION_API_KEY: the auth service does not accept');
      expect(await ready(app)).toMatchObject({
        status: 200,
        body: { checks: expect.arrayContaining([expect.objectContaining({ name: 'credentials', warning })]) },
      });
    } finally {
      await app.close();
    }
  });
});
