import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { status as grpcStatus } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AgentHome, type AgentProcess } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
const homes = new AgentHomes(disk);
let authority: TestAuthority;
let server: StandIn;

beforeAll(async () => {
  authority = await TestAuthority.make();
  server = await StandIn.start({ authority });
});

afterEach(() => {
  homes.close();
});

afterAll(() => {
  server?.close();
  disk.remove();
});

const aHome = (more: object = {}): AgentHome => homes.make((path) => settingsFor(path, server, { ...more }));

const portFree = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createServer().listen(0, '127.0.0.1', () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
  });

const stopped = async (agent: AgentProcess): Promise<void> => {
  agent.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: 0, err: '' });
};

describe('the daemon', () => {
  it('enrols the device, keeps the code out of its log, and goes on as before after a restart', async () => {
    const home = aHome();
    const first = home.start(['run']);
    await first.said(/the agent is ready/);
    await first.said(/waiting for the approval of a code/);
    const { code, secret } = [...server.waiting.values()].at(-1)!;
    const machineId = server.approve(code);
    await first.said(/this device has an identity/);
    expect(first.out).toContain(machineId);
    await stopped(first);
    for (const kept of [code, code.replace('-', ''), secret]) expect(first.out).not.toContain(kept);

    const second = home.start(['run']);
    await second.said(/this device has an identity/);
    expect(second.out).not.toContain('waiting for the approval');
    const again = await home.run(['enrol', '--again']);
    expect(again).toMatchObject({ code: 4, err: expect.stringContaining('"run"') });
    await stopped(second);
  });

  it('stops while it waits for an approval, and while no one answers', async () => {
    const waiting = aHome().start(['run']);
    await waiting.said(/waiting for the approval of a code/);
    await stopped(waiting);
    const nowhere = { url: 'https://127.0.0.1:1', options: server.options };
    const lonely = homes.make((path) => settingsFor(path, nowhere));
    const agent = lonely.start(['run']);
    await agent.said(/enrolment failed; retrying/);
    await stopped(agent);
  });

  it('is killed in the middle of an enrolment, and goes on with the same key and code', async () => {
    const home = aHome();
    const machines = server.machines.size;
    const first = home.start(['run']);
    await first.said(/waiting for the approval of a code/);
    const { code } = [...server.waiting.values()].at(-1)!;
    const waiting = server.waiting.size;
    first.kill('SIGKILL');
    await first.ended;
    const second = home.start(['run']);
    await second.said(/waiting for the approval of a code/);
    server.approve(code);
    await second.said(/this device has an identity/);
    expect(server.waiting.size).toBe(waiting);
    expect(server.machines.size).toBe(machines + 1);
    await stopped(second);
  });

  it('goes on, and says why, when an identity is broken', async () => {
    const home = aHome();
    const enrolling = home.start(['enrol', '--json']);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    server.approve(code);
    await enrolling.ended;
    const key = join(home.path, 'mecha/openssl/ecdsa/key.pem');
    chmodSync(key, 0o644);
    const agent = home.start(['run']);
    const [line] = await agent.said(/\{.*key_exposed.*\}/);
    expect(line).toContain(`chmod 600 ${key}`);
    await stopped(agent);
    expect(existsSync(key)).toBe(true);
  });

  it('writes its log for people, to a file, when it is told to', async () => {
    const logIn = (path: string) => join(path, 'logs', 'agent.log');
    const home = homes.make((path) =>
      settingsFor(path, server, { logging: { format: 'text', path: logIn(path), level: 'debug' } }),
    );
    const file = logIn(home.path);
    const agent = home.start(['run']);
    while (!existsSync(file) || !/waiting for the approval/.test(readFileSync(file, 'utf8'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await stopped(agent);
    expect(readFileSync(file, 'utf8')).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ info {2}the agent is ready \(ready_ms: \d+\)$/m,
    );
  });
});

describe('other commands, beside the daemon', () => {
  it('show its code, and have it give the identity up', async () => {
    const port = await portFree();
    const home = aHome({ server: { port, token: 'hunter2' } });
    const agent = home.start(['run']);
    await agent.said(/the agent is ready/);
    const enrolling = home.start(['enrol', '--json']);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    const machineId = server.approve(code);
    expect(await enrolling.ended).toMatchObject({ code: 0, out: expect.stringContaining(machineId) });
    expect((await home.run(['enrol'])).out).toContain(`${machineId} already`);

    const given = await home.run(['deprovision', '--yes']);
    expect(given).toMatchObject({ code: 0, out: expect.stringContaining('The server knows') });
    expect(given.out).toContain(machineId);
    expect(server.deprovisioned).toContain(machineId);
    await agent.said(/identity removed, and the server notified/);
    // It enrols the device anew at once, with a new key.
    await agent.said(/waiting for the approval of a code[^]*waiting for the approval of a code/);
    await stopped(agent);
  });

  it('have it renew now, and say what came of it', async () => {
    const home = aHome({ server: { enabled: false } });
    const agent = home.start(['run']);
    await agent.said(/waiting for the approval of a code/);
    const early = await home.run(['renew']);
    expect(early).toMatchObject({
      code: 1,
      err: expect.stringContaining('no certificate that could be renewed'),
    });
    const control = join(home.path, 'mecha/agent/state/control');
    expect(statSync(control).mode & 0o777).toBe(0o600);
    server.approve();
    await agent.said(/this device has an identity/);

    const certificate = () => readFileSync(join(home.path, 'mecha/agent/certs/machine.pem'), 'utf8');
    const first = certificate();
    const idle = await home.run(['renew', '--if-due']);
    expect(idle).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do yet') });
    expect(certificate()).toBe(first);
    const renewed = await home.run(['renew']);
    expect(renewed).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Renewed') });
    expect(certificate()).not.toBe(first);
    await agent.said(/"outcome":"renewed"/);

    server.refusals.set('renew', { code: grpcStatus.PERMISSION_DENIED, reason: 'certificate_revoked' });
    const refused = await home.run(['renew', '--json']);
    server.refusals.clear();
    expect(refused.code).toBe(5);
    expect(JSON.parse(refused.out)).toMatchObject({
      outcome: 'failed',
      error: { step: 'request', code: 'certificate_revoked' },
    });
    const { renewal, agent: at } = JSON.parse((await home.run(['status', '--json'])).out) as {
      renewal: { attempts: { outcome: string }[] };
      agent: object;
    };
    expect(renewal.attempts.map(({ outcome }) => outcome)).toEqual(['not_due', 'renewed', 'failed']);
    expect(at).toEqual({ pid: agent.pid, command: 'run' });

    agent.kill();
    await agent.ended;
    // What it has left of its socket is in no one's way.
    expect(existsSync(control)).toBe(true);
    const next = home.start(['run']);
    await next.said(/the agent is ready/);
    expect(await home.run(['renew'])).toMatchObject({ code: 0 });
    const given = await home.run(['deprovision', '--yes']);
    expect(given).toMatchObject({ code: 0, out: expect.stringContaining('The server knows') });
    await stopped(next);
    expect(existsSync(control)).toBe(false);
  });

  it('say why they cannot reach it, where its folder takes no socket', async () => {
    // Longer than the path of a socket may be.
    const home = aHome({ data: { dir: join(disk.make(), 'deep'.repeat(30)) } });
    const agent = home.start(['run']);
    await agent.said(/no control socket/);
    const busy = { code: 4, err: expect.stringContaining('to do this by hand, stop it first') };
    expect(await home.run(['renew'])).toMatchObject(busy);
    expect(await home.run(['deprovision', '--yes'])).toMatchObject(busy);
    await stopped(agent);
  });
});

describe('health and metrics', () => {
  it('are served where the settings say so', async () => {
    const port = await portFree();
    const home = aHome({ health: { port } });
    const agent = home.start(['run']);
    await agent.said(/waiting for the approval of a code/);
    const health = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      return { code: answer.status, ...((await answer.json()) as object) };
    };
    expect(await health()).toMatchObject({
      code: 200,
      status: 'warn',
      identity: 'enrolling',
      enrolling: true,
    });
    server.approve();
    await agent.said(/this device has an identity/);
    expect(await health()).toMatchObject({ code: 200, status: 'pass', identity: 'provisioned' });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('provision_agent_identity{state="provisioned"} 1');
    expect(metrics).toContain('provision_agent_identity{state="none"} 0');
    expect(metrics).toMatch(/provision_agent_certificate_expiration_timestamp_seconds \d{10}/);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST' })).status).toBe(405);
    await stopped(agent);
  });
});

describe('a service manager', () => {
  it('is told of start, state, life and end', async () => {
    const home = aHome();
    const told = join(home.path, 'told');
    const program = join(home.path, 'systemd-notify');
    writeFileSync(program, `#!/bin/sh\nshift\nprintf '%s\\n' "$*" >> ${told}\n`, { mode: 0o755 });
    const agent = home.start(['run'], {
      PATH: `${home.path}:${process.env['PATH']}`,
      NOTIFY_SOCKET: '/nowhere',
      WATCHDOG_USEC: '100000',
    });
    await agent.said(/waiting for the approval of a code/);
    const saying = (): string => (existsSync(told) ? readFileSync(told, 'utf8') : '');
    while (!/WATCHDOG=1\n/.test(saying()) || !/STATUS=/.test(saying())) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(saying()).toMatch(/^READY=1$/m);
    expect(saying()).toMatch(/^STATUS=waiting for the approval of a code$/m);
    await stopped(agent);
    expect(saying()).toMatch(/^STOPPING=1$/m);
  });

  it('that cannot be told does not keep the agent from working', async () => {
    const home = aHome();
    const agent = home.start(['run'], { PATH: home.path, NOTIFY_SOCKET: '/nowhere' });
    await agent.said(/notifying the service manager failed/);
    await agent.said(/waiting for the approval of a code/);
    await stopped(agent);
  });
});
