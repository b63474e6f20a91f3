import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentHome, type AgentProcess } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { MOUNTING, withDisk, withFileLimit, withReadOnly } from '../support/small-disk.js';
import { StandIn } from '../support/stand-in.js';

const folder = folders();
const homes = new AgentHomes(folder);
let authority: TestAuthority;
let server: StandIn;

beforeAll(async () => {
  authority = await TestAuthority.make();
  server = await StandIn.start({ authority });
});

afterAll(() => {
  homes.close();
  server?.close();
  folder.remove();
});

const aHome = (more: Readonly<Record<string, unknown>> = {}): AgentHome =>
  homes.make((path) => settingsFor(path, server, more));

/** Approves what the device shows, as soon as it does. */
async function approveShown(agent: AgentProcess): Promise<void> {
  const [, code] = await agent.said(/"code":"([^"]+-[^"]+)"/);
  server.approve(code);
}

/** Files that are there only while something is being written. */
const unfinished = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.new'));

const FULL = /"event":"waiting","code":"disk_full","message":"[^"]*mecha\/[^"]*(full|ulimit)/;

describe('a full disk', () => {
  it.each([
    ['for the key', 0],
    ['for the certificate', 1],
  ])('that has no room %s is told, leaves nothing half-written, and is waited for', async (what, blocks) => {
    const home = aHome();
    const machines = server.machines.size;
    const agent = home.start(['enrol', '--json'], {}, withFileLimit(blocks));
    if (blocks > 0) await approveShown(agent);
    await agent.said(FULL);
    expect(unfinished(home.path)).toEqual([]);
    agent.kill('SIGINT');
    expect(await agent.ended).toMatchObject({ code: 130 });
    const key = join(home.path, 'mecha/openssl/ecdsa/key.pem.next');
    const made = existsSync(key) ? readFileSync(key, 'utf8') : undefined;
    expect(made === undefined).toBe(blocks === 0);

    const again = home.start(['enrol', '--json']);
    if (blocks === 0) await approveShown(again);
    expect(await again.ended).toMatchObject({ code: 0, err: '' });
    expect(server.machines.size).toBe(machines + 1);
    const used = readFileSync(join(home.path, 'mecha/openssl/ecdsa/key.pem'), 'utf8');
    if (made !== undefined) expect(used).toBe(made);
  });

  // Where this user may not mount anything, the limits above stand for it.
  it.each(MOUNTING ? ['8k', '24k'] : [])(
    'of %s is waited for, and goes on to be one machine',
    async (size) => {
      const home = aHome();
      const machines = server.machines.size;
      const disk = join(home.path, 'mecha');
      const grow = join(home.path, 'grow');
      mkdirSync(disk);
      const agent = home.start(['enrol', '--json'], {}, withDisk(disk, `size=${size}`, grow));
      const approved = approveShown(agent);
      await agent.said(FULL);
      // As its process sees it.
      expect(unfinished(`/proc/${agent.pid}/root${disk}`)).toEqual([]);
      writeFileSync(grow, '');
      await approved;
      expect(await agent.ended).toMatchObject({ code: 0, err: '' });
      expect(agent.out).toContain('"event":"provisioned"');
      expect(server.machines.size).toBe(machines + 1);
    },
  );

  it('does not take an identity away, nor keep the agent from looking after it', async () => {
    const home = aHome();
    const enrolling = home.start(['enrol', '--json']);
    await approveShown(enrolling);
    await enrolling.ended;
    const cert = join(home.path, 'mecha/agent/certs/machine.pem');
    const before = readFileSync(cert, 'utf8');
    const renewed = await home.start(['renew'], {}, withFileLimit(0)).ended;
    expect(renewed).toMatchObject({ code: 1, err: expect.stringMatching(/not renewed.*ulimit/) });
    const agent = home.start(['run'], {}, withFileLimit(0));
    await agent.said(/this device has an identity/);
    expect(await home.run(['renew'])).toMatchObject({ code: 1, err: expect.stringMatching(/ulimit/) });
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({ code: 0 });
    expect(readFileSync(cert, 'utf8')).toBe(before);
    expect(unfinished(home.path)).toEqual([]);
    expect(await home.run(['renew'])).toMatchObject({ code: 0 });
  });

  it('lets no settings file be half-written', async () => {
    const home = new AgentHome(folder.make());
    const through = withFileLimit(1);
    const init = await home.start(['init'], {}, through).ended;
    expect(init).toMatchObject({ code: 1, err: expect.stringMatching(/settings\.yml.*ulimit/) });
    expect(readdirSync(home.path)).toEqual([]);
  });

  it('under the log does not end the agent', async () => {
    const home = aHome({ logging: { path: '/dev/full' } });
    const waiting = server.waiting.size;
    const agent = home.start(['run']);
    while (server.waiting.size === waiting) await new Promise((resolve) => setTimeout(resolve, 20));
    server.approve();
    let status = { code: null as number | null };
    while (status.code !== 0) status = await home.run(['status']);
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^warning: \/dev\/full: the log cannot be written \(ENOSPC\).*\n$/),
    });
  });
});

describe('a disk that is full before there is a log', () => {
  it.each(MOUNTING ? [['standard output']] : [])('has the log go to the %s', async () => {
    const logs = folder.make();
    const home = aHome({ logging: { format: 'json', path: join(logs, 'agent.log') } });
    const agent = home.start(['run'], {}, withDisk(logs, 'nr_inodes=1'));
    await agent.said(/waiting for the approval of a code/);
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^warning: .*agent\.log: .*\(ENOSPC\); it goes to the standard output\n$/),
    });
  });
});

describe('a disk that cannot be written to', () => {
  it.each(MOUNTING ? [['root certificate']] : [])(
    'may hold the %s: the device enrols, renews and is given up as any other',
    async () => {
      const pinned = folder.make();
      const root = join(pinned, 'root.pem');
      writeFileSync(root, authority.rootPem);
      const provisioning = { grpc_url: server.url, paths: { root: { cert: root } } };
      const home = aHome({ provisioning });
      const enrolling = home.start(['enrol', '--json'], {}, withReadOnly(pinned));
      await approveShown(enrolling);
      expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
      const doctor = await home.start(['doctor'], {}, withReadOnly(pinned)).ended;
      expect(doctor).toMatchObject({ code: 0, out: expect.stringMatching(/^warn .*new root.*renew/m) });
      expect((await home.run(['doctor'])).out).not.toContain('new root');
      for (const args of [['renew'], ['deprovision', '--yes']]) {
        expect({ args, ...(await home.start(args, {}, withReadOnly(pinned)).ended) }).toMatchObject({
          args,
          code: 0,
        });
      }
      expect(readFileSync(root, 'utf8')).toBe(authority.rootPem);
    },
  );

  /** A device that has its identity, and its machine id. */
  async function enrolled(): Promise<{ home: AgentHome; machineId: string }> {
    const home = aHome();
    const enrolling = home.start(['enrol', '--json']);
    const [, code] = await enrolling.said(/"code":"([^"]+-[^"]+)"/);
    const machineId = server.approve(code);
    await enrolling.ended;
    return { home, machineId };
  }

  it.each(MOUNTING ? [['certificate']] : [])(
    'and holds the %s keeps the identity from being given up, before the server is told',
    async () => {
      const { home, machineId } = await enrolled();
      const readOnly = withReadOnly(join(home.path, 'mecha/agent/certs'));
      const given = await home.start(['deprovision', '--yes'], {}, readOnly).ended;
      expect(given).toMatchObject({ code: 1, err: expect.stringMatching(/^error: .*read-only/) });
      expect(server.deprovisioned).not.toContain(machineId);
      expect(await home.run(['renew'])).toMatchObject({ code: 0 });
      expect(await home.run(['deprovision', '--yes'])).toMatchObject({ code: 0 });
      expect(server.deprovisioned).toContain(machineId);
    },
  );

  it.each(MOUNTING ? [['certificate', 'mecha/agent/certs/machine.pem']] : [])(
    'and keeps the %s, which shows only when the server knows, is told with that, and may be mended',
    async (_, file) => {
      const { home, machineId } = await enrolled();
      const path = join(home.path, file);
      // What something is mounted on cannot be removed.
      const given = await home.start(['deprovision', '--yes'], {}, withReadOnly(path)).ended;
      expect(given).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /^error: The server knows that this device is given up, but .*machine\.pem/,
        ),
      });
      expect(server.deprovisioned).toContain(machineId);
      expect(await home.run(['deprovision', '--yes'])).toMatchObject({ code: 0 });
      expect(existsSync(path)).toBe(false);
    },
  );

  const COMMANDS = [['run'], ['enrol'], ['renew'], ['deprovision', '--yes'], ['init']];

  const environmentOf = ([command]: string[], settings: string): Record<string, string> =>
    command === 'init' ? { MECHA_AGENT_SETTINGS_PATH: settings } : {};

  // /sys is where no one may write, not even root.
  it('is told by every command that writes, and the doctor fails', async () => {
    const home = aHome({ data: { dir: '/sys/mecha' } });
    for (const args of COMMANDS) {
      const settings = environmentOf(args, '/sys/mecha/settings.yml');
      const ended = await home.run(args, settings);
      expect({ args, ...ended }).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^error: \/sys\/mecha.*(may not|read-only)/),
      });
    }
    expect((await home.run(['doctor'])).code).toBe(1);
    expect((await home.run(['status'])).code).toBe(3);
  });

  it.each(MOUNTING ? [['read-only']] : [])(
    'as it is %s is told so, and a device there is still what it was',
    async () => {
      const home = aHome();
      const disk = join(home.path, 'mecha');
      mkdirSync(disk);
      for (const args of COMMANDS) {
        const settings = environmentOf(args, join(disk, 'new/settings.yml'));
        const ended = await home.start(args, settings, withDisk(disk, 'ro')).ended;
        expect({ args, ...ended }).toMatchObject({
          code: 1,
          err: expect.stringContaining('the file system is read-only'),
        });
      }
      const doctor = await home.start(['doctor'], {}, withDisk(disk, 'ro')).ended;
      expect(doctor.out).toContain('as the file system is read-only');
    },
  );
});
