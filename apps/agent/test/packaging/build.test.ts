import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { ConnectProxy } from '@org/http-client/testing';
import { certificatePem } from '@org/x509';
import { VERSION } from '../../src/version.js';
import { AgentHome, RealServer } from '@org/harness/agent';
import { folders } from '../support/folder.js';

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

describe('variables that developers set for Node', () => {
  it.each([
    '--nonsense',
    '--require /nonexistent.js',
    '--inspect=127.0.0.1:0',
    '--no-deprecation --trace-exit',
  ])('NODE_OPTIONS=%s changes nothing', async (options) => {
    const home = new AgentHome(made.make(), '', [executable]);
    const plain = await home.run(['status', '--json']);
    expect(plain).toMatchObject({ code: 3, err: '' });
    expect(await home.run(['status', '--json'], { NODE_OPTIONS: options })).toEqual(plain);
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 has no server accepted that no one vouches for', async () => {
    const server = await RealServer.start(made.make());
    const path = made.make();
    const home = new AgentHome(path, 'server: { enabled: false }', [executable]);
    const { MECHA_AGENT_ROOT_FINGERPRINT: _, ...untrusted } = server.agentEnvironment(path);
    const env = { ...untrusted, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    try {
      const enrolling = home.start(['enrol', '--json'], env);
      const [line] = await enrolling.said(/.*"event":"(waiting|code)".*/);
      expect(JSON.parse(line)).toMatchObject({ event: 'waiting', code: 'server_not_trusted' });
      enrolling.kill('SIGINT');
      await enrolling.ended;
      expect(await server.enrolments()).toEqual([]);
    } finally {
      home.close();
      await server.close();
    }
  });

  it('NODE_EXTRA_CA_CERTS adds an authority to those of the system, and none to a root that is pinned', async () => {
    const server = await RealServer.start(made.make());
    const path = made.make();
    const home = new AgentHome(path, 'server: { enabled: false }', [executable]);
    const { MECHA_AGENT_ROOT_FINGERPRINT: _, ...unpinned } = server.agentEnvironment(path);
    const file = join(made.make(), 'root.pem');
    writeFileSync(file, certificatePem(server.server.authority!.served().roots[0]!.der));
    const firstEvent = async (env: Record<string, string>): Promise<unknown> => {
      const enrolling = home.start(['enrol', '--json'], { ...env, NODE_EXTRA_CA_CERTS: file });
      const [line] = await enrolling.said(/.*"event":"(waiting|code)".*/);
      enrolling.kill('SIGINT');
      await enrolling.ended;
      return JSON.parse(line);
    };
    try {
      const pinned = { ...unpinned, MECHA_AGENT_ROOT_FINGERPRINT: 'ab'.repeat(32) };
      expect(await firstEvent(pinned)).toMatchObject({ event: 'waiting' });
      expect(await firstEvent(unpinned)).toMatchObject({ event: 'code' });
    } finally {
      home.close();
      await server.close();
    }
  });

  it('NODE_USE_ENV_PROXY sends nothing another way', async () => {
    const server = await RealServer.start(made.make());
    const proxy = await ConnectProxy.start({ names: { 'prov.internal': '127.0.0.1' } });
    const path = made.make();
    const home = new AgentHome(path, 'server: { enabled: false }', [executable]);
    const env = {
      ...server.agentEnvironment(path),
      MECHA_AGENT_GRPC_URL: server.url.replace('127.0.0.1', 'prov.internal'),
      NODE_USE_ENV_PROXY: '1',
      https_proxy: proxy.url,
      http_proxy: 'http://127.0.0.1:9',
    };
    try {
      const enrolling = home.start(['enrol', '--json'], env);
      // The name is not in the server's certificate: the way there is what this is about.
      const [line] = await enrolling.said(/.*"event":"waiting".*/);
      expect(JSON.parse(line)).toMatchObject({ code: 'server_not_trusted' });
      enrolling.kill('SIGINT');
      await enrolling.ended;
      expect(proxy.asked.length).toBeGreaterThanOrEqual(2);
    } finally {
      home.close();
      await proxy.close();
      await server.close();
    }
  });
});

describe('a node that was named', () => {
  const building = (...args: string[]) =>
    spawnSync(process.execPath, [join(agent, 'packaging/build.mjs'), '--out', made.make(), ...args], {
      encoding: 'utf8',
    });

  it('needs no strip that knows it', () => {
    const { status, stdout, stderr } = building('--node', process.execPath);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ tried: false });
  });

  it('is refused in a sentence when nothing can come of it', () => {
    const file = join(made.make(), 'node');
    writeFileSync(file, 'no node');
    for (const [args, words] of [
      [['--node', `${file}.absent`], /cannot be read \(ENOENT\)/],
      [['--node', file], /no node that an application can be put into/],
      [
        ['--node', process.execPath, '--strip', 'false'],
        /^error: false cannot remove the symbols .*--strip none\.$/m,
      ],
      [['--strip', '/absent/strip'], /cannot remove the symbols .*ENOENT/],
    ] as const) {
      const { status, stderr } = building(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(words);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
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
