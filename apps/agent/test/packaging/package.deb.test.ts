import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, globSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VERSION } from '../../src/version.js';
import { RealServer } from '@org/harness/agent';
import { BootedSystem } from '../support/booted-system.js';
import { folders } from '../support/folder.js';

const disk = folders();
const packaging = fileURLToPath(new URL('../../packaging/', import.meta.url));
const SETTINGS = '/etc/provision-agent/settings.yml';
const DEFAULT = '/etc/default/provision-agent';
const STATE = '/var/lib/provision-agent';
const KEY = `${STATE}/.mecha/openssl/ecdsa/key.pem`;
let server: RealServer;
let system: BootedSystem;

/** A signed release is in the system, and a package after it with other comments in its configuration file. */
beforeAll(async () => {
  server = await RealServer.start(disk.make());
  const key = join(disk.make(), 'key');
  execFileSync('minisign', ['-G', '-W', '-p', `${key}.pub`, '-s', key], { stdio: 'ignore' });
  const out = join(disk.make(), 'release');
  const args = ['--fast', '--target', process.arch, '--out', out];
  const env = { ...process.env, PROVISION_SIGNING_KEY: readFileSync(key, 'utf8') };
  [system] = await Promise.all([
    BootedSystem.create(join(disk.make(), 'root')),
    promisify(execFile)(process.execPath, [join(packaging, 'package.mjs'), ...args], { env }),
  ]);
  cpSync(out, join(system.root, 'release'), { recursive: true });
  copyFileSync(`${key}.pub`, join(system.root, 'release/key.pub'));
  renameSync(globSync(join(system.root, 'release/*.deb'))[0]!, join(system.root, 'first.deb'));
  await system.boot();
  await sh(
    `dpkg-deb -R first.deb next && sed -i 's/^Version: .*/&.1/' next/DEBIAN/control && echo '# New.' >> next${DEFAULT}`,
  );
  await sh('dpkg-deb -Znone --root-owner-group --build next next.deb && rm -r next');
});

afterAll(async () => {
  await system?.powerOff();
  await server?.close();
  disk.remove();
});

const sh = (script: string): Promise<string> => system.must('sh', '-c', script);
const stat = async (path: string): Promise<string> =>
  (await system.must('stat', '-c', '%a %U %G', path)).trim();
const certificate = async (): Promise<unknown> =>
  (JSON.parse(await system.must('provision-agent', 'status', '--json')) as Record<string, unknown>)[
    'certificate'
  ];
/** Approves the code of the device into a domain. */
async function enrol(device: BootedSystem, domain: string): Promise<void> {
  const shown = await device.until(/"code":"([^"]+)"/, 'timeout', '2', 'provision-agent', 'enrol', '--json');
  await server.approve(shown[1]!, domain);
  await device.until(/"state": "provisioned"/, 'provision-agent', 'status', '--json');
}
const everything = (): Promise<string> =>
  sh(
    'find / -xdev -path /proc -prune -o -path /run -prune -o -path /tmp -prune -o -path /release -prune -o -print | grep provision-agent || true',
  );

test('the package installs a service that waits for its settings', async () => {
  await system.must('dpkg', '-i', '/first.deb');
  expect(await system.must('provision-agent', '--version')).toBe(`${VERSION}\n`);
  expect(await system.must('systemctl', 'is-enabled', 'provision-agent')).toBe('enabled\n');
  expect((await system.run('systemctl', 'is-active', 'provision-agent')).out.trim()).toBe('inactive');
  expect(await stat('/etc/provision-agent')).toBe('750 root provision-agent');
  expect(await stat('/usr/lib/provision-agent/provision-agent')).toBe('755 root root');
  expect(await sh('getent passwd provision-agent')).toMatch(/:\/var\/lib\/provision-agent:.*nologin$/m);
});

test('devices with one image become different devices', async () => {
  const settings = ['--server', server.url, '--root', server.rootFingerprint];
  await system.must('provision-agent', 'init', ...settings);
  await sh(`echo MECHA_AGENT_PORT=0 >> ${DEFAULT}; : > /etc/machine-id`);
  await system.powerOff();
  const other = system.copyTo(join(disk.make(), 'other'));
  try {
    await other.boot();
    await enrol(other, 'factory');
    expect(await other.must('journalctl', '-u', 'provision-agent')).not.toContain('began on another device');
  } finally {
    await other.powerOff();
  }
  await system.boot();
  await enrol(system, 'plant');
  expect(await system.must('cat', KEY)).not.toBe(readFileSync(join(other.root, KEY), 'utf8'));
  const [[first], [second]] = [await server.machines('factory'), await server.machines('plant')];
  expect(first!.id).not.toBe(second!.id);
});

test('a disk that comes from another device is told of', async () => {
  await sh('cp /etc/machine-id /machine-id; tr 0-9a-f 1-9a-f0 < /machine-id > /etc/machine-id');
  await system.must('systemctl', 'restart', 'provision-agent');
  await system.until(/began on another device/, 'journalctl', '--merge', '-u', 'provision-agent');
  expect((await system.run('provision-agent', 'doctor')).out).toMatch(/began on another device/);
  await sh('mv /machine-id /etc/machine-id');
  await system.must('systemctl', 'stop', 'provision-agent');
  await sh(`rm -r ${STATE}/.mecha ${SETTINGS}`);
});

test('without a network it runs and waits, and says what for', async () => {
  const unreachable = ['--server', 'https://127.0.0.1:9', '--root', server.rootFingerprint];
  await system.must('provision-agent', 'init', ...unreachable);
  await system.must('systemctl', 'start', 'provision-agent');
  await system.until(/server_unreachable/, 'journalctl', '-u', 'provision-agent', '-o', 'cat');
  expect(await system.must('systemctl', 'show', '-P', 'NRestarts', 'provision-agent')).toBe('0\n');
  expect(await system.must('systemctl', 'is-active', 'provision-agent')).toBe('active\n');
  expect(await system.run('provision-agent', 'doctor')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/127\.0\.0\.1:9/),
  });
  expect(await system.run('provision-agent', 'init')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--force'),
  });
});

test('with settings and an approved code it enrols, as its own user, and keeps what it has to itself', async () => {
  const reachable = ['--server', server.url, '--root', server.rootFingerprint];
  await system.must('provision-agent', 'init', '--force', ...reachable);
  expect(await stat(SETTINGS)).toBe('640 root provision-agent');
  await system.must('systemctl', 'restart', 'provision-agent');
  await enrol(system, 'line');
  expect(await stat(STATE)).toBe('700 provision-agent provision-agent');
  expect(await stat(KEY)).toBe('600 provision-agent provision-agent');
  expect(await sh(`find ${STATE} -perm /077`)).toBe('');
  expect(await sh(`find ${STATE} ! -user provision-agent`)).toBe('');
  expect(await server.machines('line')).toHaveLength(1);
});

test('the unit is hardened', async () => {
  const exposure = /Overall exposure level for provision-agent.service: ([\d.]+)/.exec(
    await system.must('systemd-analyze', 'security', '--no-pager', 'provision-agent'),
  );
  expect(Number(exposure?.[1])).toBeLessThanOrEqual(1.5);
  expect(
    await system.must('systemd-analyze', 'verify', '/usr/lib/systemd/system/provision-agent.service'),
  ).toBe('');
});

test('an upgrade keeps settings that the operator has edited, and identity, and restarts the service', async () => {
  await sh(`echo '# edited' >> ${SETTINGS}`);
  const kept = `cat ${SETTINGS} ${DEFAULT} ${KEY} | sha256sum`;
  const before = await sh(kept);
  const pid = await system.must('systemctl', 'show', '-P', 'MainPID', 'provision-agent');
  await system.must('dpkg', '-i', '--force-confold', '/next.deb');
  expect(await sh("dpkg-query -W -f '${Version}' provision-agent")).toBe(`${VERSION}.1`);
  expect(await sh(kept)).toBe(before);
  expect(await system.must('systemctl', 'is-active', 'provision-agent')).toBe('active\n');
  expect(await system.must('systemctl', 'show', '-P', 'MainPID', 'provision-agent')).not.toBe(pid);
});

test('after a reboot it is there by itself, with the same identity', async () => {
  const before = await certificate();
  await system.powerOff();
  await system.boot();
  await system.until(/^active/, 'systemctl', 'is-active', 'provision-agent');
  expect(await certificate()).toEqual(before);
  expect(await server.machines('line')).toHaveLength(1);
});

test('removal keeps settings and keys, and installing again takes them up', async () => {
  await system.must('dpkg', '--remove', 'provision-agent');
  expect((await system.run('systemctl', 'is-active', 'provision-agent')).out.trim()).toBe('inactive');
  expect(await sh('ls /usr/lib/provision-agent /usr/bin/provision-agent 2>/dev/null || true')).toBe('');
  expect(await stat(KEY)).toBe('600 provision-agent provision-agent');
  await system.must('dpkg', '-i', '/next.deb');
  await system.until(/^active/, 'systemctl', 'is-active', 'provision-agent');
  expect(await server.machines('line')).toHaveLength(1);
});

test('a purge keeps the keys, and says how to remove them', async () => {
  expect(await system.must('dpkg', '--purge', 'provision-agent')).toContain(`rm -r ${STATE}`);
  expect(await stat(KEY)).toBe('600 provision-agent provision-agent');
  expect(await sh(`ls ${SETTINGS} ${DEFAULT} 2>/dev/null || true`)).toBe('');
});

test('a purge that is told to removes keys and user, and then nothing is left', async () => {
  await system.must('dpkg', '-i', '/next.deb');
  await system.must('touch', '/etc/provision-agent/purge-keys');
  await system.must('dpkg', '--purge', 'provision-agent');
  expect(await everything()).toBe('');
  expect(await sh('getent passwd provision-agent || true')).toBe('');
  expect(await sh('getent group provision-agent || true')).toBe('');
  expect(await system.must('systemctl', '--failed', '--no-legend')).toBe('');
});

describe('the archive', () => {
  const install = (...args: string[]) => system.run('sh', '/release/install.sh', ...args);
  const refused = (words: string) => ({ code: 1, err: expect.stringContaining(words) });

  test('is not installed when it is damaged, forged, or for another device', async () => {
    const signed = ['--public-key', '/release/key.pub'];
    await sh('cp -r release changed && echo | tee -a changed/provision-agent-*.tar.xz');
    const changed = (...args: string[]) => system.run('sh', '/changed/install.sh', ...args);
    expect(await changed(...signed)).toMatchObject(refused('damaged'));
    await sh('cd changed && sha256sum provision-agent* install.sh > SHA256SUMS');
    expect(await changed(...signed)).toMatchObject(refused('the signature of SHA256SUMS is wrong'));
    await sh('rm changed/SHA256SUMS.minisig');
    expect(await changed(...signed)).toMatchObject(refused('not signed'));
    await sh(
      'rm -r changed; mkdir odd; printf \'#!/bin/sh\\n[ "$1" = -m ] && echo riscv64 || echo Linux\\n\' > odd/uname; chmod +x odd/uname',
    );
    expect(
      await system.run('env', 'PATH=/odd:/usr/sbin:/usr/bin', 'sh', '/release/install.sh'),
    ).toMatchObject(refused('no agent for this processor (riscv64)'));
    await sh('rm -r odd');
    expect(await everything()).toBe('');
  });

  test('installs, updates and removes the service, in the folder that it is told', async () => {
    expect(await install('--prefix', '/opt/agent')).toMatchObject({
      code: 0,
      err: expect.stringContaining('NOT VERIFIED'),
    });
    expect(await install('--prefix', '/opt/agent', '--public-key', '/release/key.pub')).toMatchObject({
      code: 0,
      err: '',
    });
    const agent = '/opt/agent/bin/provision-agent';
    await system.must(agent, 'init', '--server', server.url, '--root', server.rootFingerprint);
    expect(await stat(SETTINGS)).toBe('640 root provision-agent');
    await system.must('systemctl', 'start', 'provision-agent');
    expect(await system.must('systemctl', 'is-active', 'provision-agent')).toBe('active\n');
    expect(await system.must('systemctl', 'is-enabled', 'provision-agent')).toBe('enabled\n');
    expect(await system.run(agent, 'status', '--json')).toMatchObject({ code: 3 });
    const uninstall = '/opt/agent/lib/provision-agent/install.sh';
    await system.must('sh', uninstall, '--uninstall', '--prefix', '/opt/agent');
    expect(await stat(STATE)).toBe('700 provision-agent provision-agent');
    expect(await install()).toMatchObject({ code: 0 });
    expect(await install('--uninstall', '--purge-keys')).toMatchObject({ code: 0 });
    expect(await everything()).toBe('');
    expect(await sh('getent passwd provision-agent || true')).toBe('');
  });
});
