import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentHome } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const WORDS = 'revoked: the server no longer accepts the certificate of this device';
const REVOKED = { code: status.PERMISSION_DENIED, reason: 'certificate_revoked' };

const disk = folders();
const homes = new AgentHomes(disk);
let server: StandIn;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
});

afterEach(() => {
  server.refusals.clear();
  homes.close();
});

afterAll(() => {
  server.close();
  disk.remove();
});

const aHome = (): AgentHome => homes.make((path) => settingsFor(path, server));

async function enrolled(): Promise<AgentHome> {
  const home = aHome();
  const enrolling = home.start(['enrol', '--json']);
  const [, code] = await enrolling.said(/"code":"([^"]+)"/);
  server.approve(code);
  expect(await enrolling.ended).toMatchObject({ code: 0 });
  return home;
}

const codesOf = async (home: AgentHome): Promise<(number | null)[]> => [
  (await home.run(['status'])).code,
  (await home.run(['renew'])).code,
  (await home.run(['doctor'])).code,
];

describe('exit codes', () => {
  it('of a device that is not enrolled, and of one that is well', async () => {
    expect(await codesOf(aHome())).toEqual([3, 1, 0]);
    expect(await codesOf(await enrolled())).toEqual([0, 0, 0]);
  });

  it('and words of a revoked device are the same by every command', async () => {
    const home = await enrolled();
    for (const call of ['renew', 'checkIn']) server.refusals.set(call, REVOKED);
    const renewed = await home.run(['renew']);
    expect(renewed).toMatchObject({ code: 5, err: expect.stringContaining(WORDS) });
    expect(renewed.err).not.toContain('stays in use');
    for (const command of ['status', 'doctor'])
      expect(await home.run([command])).toMatchObject({ code: 5, out: expect.stringContaining(WORDS) });
    const { out } = await home.run(['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({ state: 'revoked' });
    server.refusals.clear();
    expect(await home.run(['renew'])).toMatchObject({ code: 0 });
    expect(await home.run(['status'])).toMatchObject({
      code: 0,
      out: expect.not.stringContaining(WORDS),
    });
  });

  it('of another refusal leave the certificate in use', async () => {
    const home = await enrolled();
    server.refusals.set('renew', { code: status.PERMISSION_DENIED, reason: 'renewal_refused' });
    expect(await home.run(['renew'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/The certificate stays in use until /),
    });
    expect((await home.run(['status'])).code).toBe(0);
  });
});
