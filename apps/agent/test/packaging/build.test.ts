import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { VERSION } from '../../src/version.js';
import { folders } from '../support/folder.js';

const made = folders();
const agent = fileURLToPath(new URL('../..', import.meta.url));

afterAll(() => made.remove());

test('one file to install, that needs nothing beside it and tells nothing of where it was built', () => {
  const out = made.make();
  const args = [join(agent, 'packaging/build.mjs'), '--out', out, '--strip', 'none'];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(JSON.parse(said)).toMatchObject({ version: VERSION, tried: true });
  expect(readdirSync(out).sort()).toEqual([
    'THIRD-PARTY-LICENSES.txt',
    'provision-agent',
    'provision-agent.cjs.map',
  ]);
  const home = made.make();
  const executable = join(out, 'provision-agent');
  const options = { cwd: home, env: { HOME: home }, encoding: 'utf8' } as const;
  const doctor = spawnSync(executable, ['doctor', '--json'], options);
  expect(JSON.parse(doctor.stdout)).toMatchObject({ checks: expect.any(Array) });
  const bytes = readFileSync(executable);
  expect(bytes.includes('deprovision this device')).toBe(true);
  for (const place of [agent.replace(/\/apps\/agent\/$/, ''), `"${hostname()}"`]) {
    expect(bytes.includes(place)).toBe(false);
  }
});
