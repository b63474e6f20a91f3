import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, type World, openWorld, send, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment } from '../enrolment/setting.js';

let world: World;
let app: RunningApp;
let withPlatform: RunningApp;
beforeAll(async () => {
  world = await openWorld();
  const behindProxy = { MG_PROVISION_TRUSTED_PROXIES: '127.0.0.1' };
  app = await startApp(undefined, enrolmentEnvironment(behindProxy));
  withPlatform = await startApp(world.emulator, enrolmentEnvironment(behindProxy));
});
afterAll(async () => {
  await app.close();
  await withPlatform.close();
  await world.close();
});

let count = 0;
/** The line about one request, which comes from an address of its own. */
async function lineOf(
  to: RunningApp,
  path: string,
  options: Parameters<typeof send>[1],
): Promise<Record<string, unknown>> {
  const id = `refused-${++count}`;
  const headers = { ...options?.headers, 'x-request-id': id, 'x-forwarded-for': `198.51.100.${count}` };
  await send(`${to.url}${path}`, { ...options, headers });
  const lines = () => to.log.filter((line) => line.includes(id) && line.includes('"msg":"request"'));
  while (lines().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(lines()).toHaveLength(1);
  return {
    ...(JSON.parse(lines()[0]!) as Record<string, unknown>),
    text: lines()[0]!,
    from: `198.51.100.${count}`,
  };
}

describe('the line of the log about a request that was refused', () => {
  it('with 401 names the address, and what the token claims, cleaned and cut', async () => {
    const claims = { sub: `eve\u001b[2J\n${'x'.repeat(500)}`, type: 0 };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
    const line = await lineOf(app, `/${DOMAIN}/machines`, { method: 'GET', token });
    expect(line).toMatchObject({ status: 401, code: 'invalid_token', address: line['from'] });
    expect(line['operator']).toMatch(/^eve\\u001b\[2J\\u000ax+$/);
    expect(String(line['operator'])).toHaveLength(128);
    expect(line['text']).not.toContain(token);
    expect(await lineOf(app, `/${DOMAIN}/machines`, { method: 'GET' })).toMatchObject({
      status: 401,
      address: expect.any(String),
    });
  });

  it('with 403 names who may not', async () => {
    const { stranger } = world.tokens;
    const { sub } = JSON.parse(Buffer.from(stranger.split('.')[1]!, 'base64url').toString()) as {
      sub: string;
    };
    const path = `/${world.domainId}/machines`;
    const line = await lineOf(withPlatform, path, { method: 'GET', token: stranger });
    expect(line).toMatchObject({ status: 403, operator: sub, address: line['from'] });
  });

  it('for a code that no one shows, or too many of them, names who tried', async () => {
    const lookUp = async (code: string) =>
      lineOf(app, `/${DOMAIN}/enrolments/lookup`, { token: ADA, body: { code } });
    const unknown = await lookUp('BCDF-GHJK');
    expect(unknown).toMatchObject({
      status: 404,
      code: 'code_unknown',
      operator: 'operator:ada',
      address: unknown['from'],
    });
    let last = unknown;
    while (last['status'] === 404) last = await lookUp('BCDF-GHJK');
    expect(last).toMatchObject({ status: 429, code: 'too_many_attempts', operator: 'operator:ada' });
  });

  it('that was taken names no one', async () => {
    const line = await lineOf(app, `/${DOMAIN}/machines`, { method: 'GET', token: ADA });
    expect(line).toMatchObject({ status: 200 });
    expect(Object.keys(line)).not.toContain('operator');
  });
});
