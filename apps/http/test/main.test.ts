import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provisionEnvironment } from '@org/magistrala-emulator';
import { type World, gateway, openWorld, send } from './app.js';

// The program as it is installed; `nx test` builds it first.
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let world: World;
let folder: string;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  world = await openWorld();
  folder = mkdtempSync(join(tmpdir(), 'provision-main-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world.close();
  rmSync(folder, { recursive: true });
});

const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env['PATH'],
  ...provisionEnvironment(world.emulator),
  MG_PROVISION_HTTP_HOST: '127.0.0.1',
  MG_PROVISION_HTTP_PORT: '0',
  MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
  ...more,
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const run = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env: environment(env), cwd: folder },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** Starts the program and waits until it says where it listens. */
async function serve(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN], {
    env: environment(env),
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      log += data.toString();
      const [, address] = /"address":"([^"]+)"/.exec(log) ?? [];
      if (address) resolve(address);
    });
    child.once('exit', () => reject(new Error(log)));
  });
  return { child, url, log: () => log };
}

describe('provision-http', () => {
  it('explains itself', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('MG_PROVISION_X509_PROVISIONING'),
    });
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run(['--frobnicate'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("'--frobnicate'"),
    });
  });

  it('makes a token for an operator, of which the configuration holds a hash only', async () => {
    const { stdout } = await run(['--operator-token', 'alice']);
    const [, token, hash] = /: (\S+)\nMG_PROVISION_OPERATOR_TOKENS=alice:(\S+)\n/.exec(stdout)!;
    expect(createHash('sha256').update(token!).digest('hex')).toBe(hash);
    expect(await run(['--operator-token', 'no good'])).toMatchObject({ code: 1, stdout: '' });
  });

  it('checks its configuration, and does not start on a bad one', async () => {
    writeFileSync(join(folder, 'bad.toml'), '[server]\nport = 99999\nlog_level = "loud"\n');
    const env = { MG_PROVISION_CONFIG_FILE: 'bad.toml', MG_PROVISION_HTTP_PORT: '' };
    const checked = await run(['--check-config'], env);
    expect(checked.code).toBe(1);
    const started = await run([], env);
    expect(started.code).toBe(1);
    for (const text of [checked.stdout, started.stderr]) {
      expect(text).toMatch(/bad\.toml:2.*server\.port/);
      expect(text).toMatch(/bad\.toml:3.*server\.log_level/);
    }
    expect((await run(['--check-config'])).code).toBe(0);
    const json = await run(['--check-config', '--json'], { MG_PROVISION_API_KEY: 'the-api-key' });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true });
    expect(json.stdout).not.toContain('the-api-key');
  });

  it('exits with 1 when its port is taken, and says so', async () => {
    const { child, url } = await serve();
    expect(await run([], { MG_PROVISION_HTTP_PORT: new URL(url).port })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EADDRINUSE'),
    });
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  it('on SIGTERM finishes what is under way, answers it, and exits with 0', async () => {
    const { child, url, log } = await serve();
    const fault = world.emulator.faults.add({ operation: 'channels.connect', action: 'hold_before' });
    const answer = send(`${url}/${world.domainId}/mapping`, { token: world.tokens.owner, body: gateway() });
    await fault.waitForHit();
    child.kill('SIGTERM');
    while (!log().includes('"stopping"')) await once(child.stdout!, 'data');
    fault.release();
    expect((await answer).status).toBe(201);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('serves HTTPS with certificate and key from files', async () => {
    const [cert, key] = [join(folder, 'tls.pem'), join(folder, 'tls.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
    ];
    execFileSync('openssl', [...made, ...subject, '-out', cert, '-keyout', key], { stdio: 'ignore' });
    const { child, url } = await serve({ MG_PROVISION_SERVER_CERT: cert, MG_PROVISION_SERVER_KEY: key });
    expect(url).toMatch(/^https:/);
    const agent = new Agent({ ca: readFileSync(cert) });
    const status = await new Promise((resolve, reject) => {
      httpsGet(
        `${url}/health`,
        { agent },
        (response) => (response.resume(), resolve(response.statusCode)),
      ).on('error', reject);
    });
    expect(status).toBe(200);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
