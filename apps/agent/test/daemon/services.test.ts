import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { startServices } from '../../src/daemon/services.js';
import { DaemonState } from '../../src/daemon/state.js';
import { type AgentHome, type AgentProcess } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { openDevice } from '../support/device.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { withFileLimit } from '../support/small-disk.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
const homes = new AgentHomes(disk);
let server: StandIn;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
});

afterEach(() => {
  homes.close();
});

afterAll(() => {
  server?.close();
  disk.remove();
});

const aHome = (more: object = {}): AgentHome => homes.make((path) => settingsFor(path, server, { ...more }));

/** A device that has its identity. */
async function enrolled(more: object = {}): Promise<AgentHome> {
  const home = aHome(more);
  const enrolling = home.start(['enrol', '--json']);
  const [, code] = await enrolling.said(/"code":"([^"]+)"/);
  server.approve(code);
  expect(await enrolling.ended).toMatchObject({ code: 0 });
  return home;
}

async function stopped(agent: AgentProcess): Promise<void> {
  agent.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: 0, err: '' });
}

/** Another program that listens. */
const aProgram = (): Promise<Server> =>
  new Promise((resolve) => {
    const program = createServer().listen(0, '127.0.0.1', () => resolve(program));
  });

const portOf = (program: Server): number => (program.address() as AddressInfo).port;

describe('ports that another program has', () => {
  it('do not keep the agent from looking after the identity, and are taken once they are free', async () => {
    const [one, two] = [await aProgram(), await aProgram()];
    const health = portOf(two);
    const home = aHome({ server: { port: portOf(one) }, health: { port: health } });
    const agent = home.start(['run']);
    await agent.said(/server\.port.*listen failed[^]*health\.port.*listen failed/);
    await agent.said(/waiting for the approval of a code/);
    server.approve();
    await agent.said(/this device has an identity/);
    expect(agent.out).not.toMatch(/listening for/);
    const port = portOf(one);
    one.close();
    two.close();
    const at = (where: number, what: string) =>
      new RegExp(`"address":"127\\.0\\.0\\.1:${where}".*"listening for ${what}"`);
    await agent.said(at(port, 'programs on this device'));
    await agent.said(at(health, 'health and metrics'));
    expect((await fetch(`http://127.0.0.1:${health}/health`)).status).toBe(200);
    // Once for each, however often they were tried.
    expect(agent.out.match(/listen failed/g)).toHaveLength(2);
    await stopped(agent);
  });

  it('do not keep it from stopping, either', async () => {
    const program = await aProgram();
    const agent = aHome({ server: { port: portOf(program) } }).start(['run']);
    await agent.said(/listen failed[^]*the agent is ready/);
    await stopped(agent);
    program.close();
  });
});

describe('an address that turns out not to be of this device, while its port is taken', () => {
  it('is told, and not tried again', async () => {
    const program = await aProgram();
    const home = disk.make();
    const text = settingsFor(home, server, { server: { port: portOf(program) } });
    const device = await openDevice(text, home);
    mkdirSync(device.settings.paths.state, { recursive: true });
    const said: string[] = [];
    const log = pino({ base: undefined }, { write: (line: string) => void said.push(line) });
    const services = await startServices({
      settings: device.settings,
      device,
      state: new DaemonState(),
      log,
    });
    // As a name does that is looked up anew each time.
    Object.assign(device.settings.local!.listen, { host: '0.0.0.0' });
    const isTold = () => said.some((line) => /address_not_local.*restart the agent/.test(line));
    while (!isTold()) await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all(services.map((service) => service.close()));
    await device.close();
    program.close();
    expect(said).toEqual([expect.stringMatching(/address_in_use.*listen failed/), expect.anything()]);
  });
});

describe('health at a Unix socket', () => {
  it('is for the user and the group of the agent, and is served again after a crash', async () => {
    const socketPath = join(disk.make(), 'health.sock');
    const home = aHome({ health: { url: `unix:${socketPath}` } });
    const statusCode = () =>
      new Promise((resolve, reject) => {
        get({ socketPath, path: '/health' }, (response) =>
          resolve(text(response).then(() => response.statusCode)),
        ).on('error', reject);
      });
    const first = home.start(['run']);
    await first.said(/the agent is ready/);
    expect(first.out).toContain(`"address":"${socketPath}","msg":"listening for health and metrics"`);
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);
    expect(await statusCode()).toBe(200);
    first.kill('SIGKILL');
    await first.ended;
    const second = home.start(['run']);
    await second.said(/the agent is ready/);
    expect(second.out).toContain('listening for health and metrics');
    expect(await statusCode()).toBe(200);
    await stopped(second);
  });
});

describe('a change that a power cut has interrupted, and that cannot be finished', () => {
  const stateOf = (home: AgentHome): string => join(home.path, 'mecha/agent/state');
  const pending = (remove: readonly string[]): string =>
    JSON.stringify({ version: 1, generation: 40, pending: { write: [], remove, then: null } });

  it('for want of space, is waited for: the agent runs, and its health says how the device is', async () => {
    const home = await enrolled({ health: { port: 0 } });
    const journal = join(stateOf(home), 'journal.json');
    writeFileSync(journal, pending([]));
    const agent = home.start(['run'], {}, withFileLimit(0));
    await agent.said(/disk_full.*retrying/);
    const [, port] = await agent.said(
      /"address":"127\.0\.0\.1:(\d+)","msg":"listening for health and metrics"/,
    );
    const health = await (await fetch(`http://127.0.0.1:${port}/health`)).json();
    expect(health).toMatchObject({ identity: 'provisioned' });
    await stopped(agent);
    const next = home.start(['run']);
    await next.said(/this device has an identity/);
    expect(readFileSync(journal, 'utf8')).not.toContain('pending');
    await stopped(next);
  });

  it('of the bootstrap configuration, is told, and keeps no one from enrolling and renewing', async () => {
    const home = aHome();
    mkdirSync(stateOf(home), { recursive: true });
    // No one may remove anything there.
    writeFileSync(join(stateOf(home), 'bootstrap-journal.json'), pending(['/proc/version']));
    const agent = home.start(['run']);
    await agent.said(/\{.*file_not_permitted.*interrupted write.*\}/);
    await agent.said(/waiting for the approval of a code/);
    server.approve();
    await agent.said(/this device has an identity/);
    await stopped(agent);
    expect(await home.run(['renew'])).toMatchObject({ code: 0 });
  });
});

describe('a bootstrap configuration that the agent may not remove', () => {
  // Such as one of an agent that runs as root; there, no one may change anything.
  const bootstrap = { cache_path: '/sys/kernel/uevent_seqnum' };

  it('stays, which is said; the identity is gone, and the device can be enrolled anew', async () => {
    const path = disk.make();
    const config = { ...bootstrap, config_path: join(path, 'agent-config.json') };
    const home = await enrolled({ bootstrap: config });
    const given = await home.run(['deprovision', '--yes']);
    expect(given).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^error: The identity is gone, and the server knows; .* not be removed: \/sys\/kernel\/uevent_seqnum/,
      ),
    });
    expect(await home.run(['status'])).toMatchObject({ code: 3 });

    const agent = home.start(['run']);
    await agent.said(/waiting for the approval of a code/);
    server.approve();
    await agent.said(/this device has an identity/);
    expect(await home.run(['deprovision', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The identity is gone, and the server knows;'),
    });
    await agent.said(/identity removed, and the server notified/);
    await agent.said(/waiting for the approval of a code[^]*waiting for the approval of a code/);
    await stopped(agent);
  });
});
