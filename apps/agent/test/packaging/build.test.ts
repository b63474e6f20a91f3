import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { VERSION } from '../../src/version.js';
import { AgentHome } from '../support/agent.js';
import { folders } from '../support/folder.js';
import { RealServer } from '../support/real-server.js';

const made = folders();
const agent = fileURLToPath(new URL('../..', import.meta.url));
const out = made.make();
const executable = join(out, 'provision-agent');
let said: unknown;

beforeAll(() => {
  const args = [join(agent, 'packaging/build.mjs'), '--out', out, '--strip', 'none'];
  said = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
});

afterAll(() => made.remove());

test('one file to install, that needs nothing beside it and tells nothing of where it was built', () => {
  expect(said).toMatchObject({ version: VERSION, tried: true });
  expect(readdirSync(out).sort()).toEqual([
    'THIRD-PARTY-LICENSES.txt',
    'provision-agent',
    'provision-agent.cjs.map',
  ]);
  const home = made.make();
  const options = { cwd: home, env: { HOME: home }, encoding: 'utf8' } as const;
  const doctor = spawnSync(executable, ['doctor', '--json'], options);
  expect(JSON.parse(doctor.stdout)).toMatchObject({ checks: expect.any(Array) });
  const bytes = readFileSync(executable);
  expect(bytes.includes('deprovision this device')).toBe(true);
  for (const place of [agent.replace(/\/apps\/agent\/$/, ''), `"${hostname()}"`]) {
    expect(bytes.includes(place)).toBe(false);
  }
});

// A server for local programs would load what commands have to load themselves.
test('the file enrols, renews, looks after and gives up an identity, also where it serves no programs', async () => {
  const server = await RealServer.start(made.make());
  const path = made.make();
  const home = new AgentHome(path, 'server: { enabled: false }', [executable]);
  const env = server.agentEnvironment(path);
  const enrol = async (): Promise<void> => {
    const enrolling = home.start(['enrol', '--json'], env);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    await server.approve(code!);
    expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
  };
  const told = { code: 0, out: expect.stringContaining('The server knows') };
  try {
    await enrol();
    expect(await home.run(['doctor'], env)).toMatchObject({ code: 0, err: '' });
    expect(await home.run(['renew'], env)).toMatchObject({ code: 0, err: '' });
    expect(await home.run(['deprovision', '--yes'], env)).toMatchObject({ ...told, err: '' });

    await enrol();
    const running = home.start(['run'], env);
    await running.said(/this device has an identity/);
    expect(await home.run(['renew'], env)).toMatchObject({ code: 0, err: '' });
    expect(await home.run(['deprovision', '--yes'], env)).toMatchObject(told);
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, err: '' });
  } finally {
    home.close();
    await server.close();
  }
});
