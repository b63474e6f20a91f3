import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { settingsTable } from '@org/layout-config';
import { certificatePem } from '@org/x509';
import { environment } from './support/app.js';
import { Opened, begin } from './support/device.js';
import { handshake } from './support/handshake.js';

// The program as it is installed; `nx test` builds it first.
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const opened = new Opened();
const children = new Set<ChildProcess>();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-grpc-main-'));
});
afterAll(() => {
  opened.close();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const env = (more: Record<string, string> = {}) => ({
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  ...environment(folder),
  MG_PROVISION_GRPC_METRICS_PORT: '0',
  ...more,
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const run = (args: string[], more?: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: env(more), cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

interface Running {
  readonly child: ChildProcess;
  readonly address: string;
  readonly metricsPort: string;
  readonly root: string;
  log(): string;
}

/** Starts the program and waits until it says where it listens. */
async function serve(openFiles?: number): Promise<Running> {
  const limit = openFiles === undefined ? '' : `ulimit -n ${openFiles}; `;
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$1"`, process.execPath, MAIN], {
    // On a busy machine many connections take long to make; the first of them are to be there still.
    env: { ...env(), MG_PROVISION_FIRST_REQUEST_TIMEOUT: '5m' },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let log = '';
  const [address, metricsPort] = await new Promise<[string, string]>((resolve, reject) => {
    child.stderr.on('data', (data: Buffer) => (log += data.toString()));
    child.stdout.on('data', (data: Buffer) => {
      log += data.toString();
      const [, at, port] = /"address":"([^"]+)","metrics_port":(\d+)/.exec(log) ?? [];
      if (at && port) resolve([at, port]);
    });
    child.once('close', () => reject(new Error(log)));
  });
  const root = certificatePem((await handshake(address)).at(-1)!);
  return { child, address, metricsPort, root, log: () => log };
}

/** What the one line says that is logged where it does not start. */
function startErrorOf({ stdout, stderr }: Ended) {
  const [line, ...more] = stdout
    .trim()
    .split('\n')
    .map(
      (each) =>
        JSON.parse(each) as { level: string; msg: string; problems?: string[]; err?: { code: string } },
    )
    .filter(({ level }) => level === 'error');
  expect([more, stderr]).toEqual([[], '']);
  return line!;
}
const problemsOf = (ended: Ended): string => startErrorOf(ended).problems!.join('\n');

describe('provision-grpc', () => {
  it('explains itself, every setting included', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const { name } of settingsTable()) expect(stdout).toContain(name);
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run(['--frobnicate'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'--frobnicate'"),
    });
  });

  it('checks its configuration, and does not start on a bad one', async () => {
    writeFileSync(join(folder, 'bad.toml'), '[grpc]\nmax_message = "much"\nmetrics_port = 99999\n');
    const bad = { MG_PROVISION_CONFIG_FILE: 'bad.toml', MG_PROVISION_GRPC_METRICS_PORT: '' };
    const [checked, started] = [await run(['--check-config'], bad), await run([], bad)];
    expect([checked.code, started.code]).toEqual([1, 1]);
    for (const text of [checked.stdout, problemsOf(started)]) {
      expect(text).toMatch(/bad\.toml:2.*grpc\.max_message/);
      expect(text).toMatch(/bad\.toml:3.*grpc\.metrics_port/);
    }
    const json = await run(['--check-config', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true });
  });

  it('names a certificate that is not there with all other problems, where it was written', async () => {
    const toml = '[server]\nport = 99999\nserver_cert = "nope.pem"\nserver_key = "nope.key"\n';
    writeFileSync(join(folder, 'no-cert.toml'), toml);
    const bad = { MG_PROVISION_CONFIG_FILE: 'no-cert.toml' };
    const [checked, started] = [await run(['--check-config'], bad), await run([], bad)];
    expect([checked.code, started.code]).toEqual([1, 1]);
    for (const text of [checked.stdout, problemsOf(started)]) {
      expect(text).toMatch(/no-cert\.toml:2.*server\.port/);
      expect(text).toMatch(/no-cert\.toml:3.*server\.server_cert/);
      expect(text).toMatch(/no-cert\.toml:4.*server\.server_key/);
    }
  });

  it('says what it needs where enrolment is off', async () => {
    const ended = await run([], { MG_PROVISION_ENROLMENT: 'off' });
    expect(ended.code).toBe(1);
    expect(startErrorOf(ended)).toMatchObject({
      msg: expect.stringContaining('MG_PROVISION_ENROLMENT'),
      err: { code: 'enrolment_off' },
    });
  });

  it('serves devices over TLS and machines over HTTP, and on SIGTERM exits with 0', async () => {
    const running = await serve();
    const clients = opened.connect(running);
    expect((await begin(clients)).begun.code).toHaveLength(9);
    const metrics = await (await fetch(`http://127.0.0.1:${running.metricsPort}/metrics`)).text();
    expect(metrics).toContain('grpc_request_duration_seconds');
    running.child.kill('SIGTERM');
    expect(await once(running.child, 'exit')).toEqual([0, null]);
  });

  it('serves devices although silent connections take up more files than it may open, and says so', async () => {
    const running = await serve(256);
    const port = Number(running.address.split(':')[1]);
    const silent = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
        socket.on('error', () => undefined).resume();
        await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
        return socket;
      }),
    );
    expect((await begin(opened.connect(running))).begun.code).toHaveLength(9);
    const metrics = await (await fetch(`http://127.0.0.1:${running.metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^provision_limits_reached_total\{limit="connections"\} \d+$/m);
    for (const line of [/ulimit -n/, /"limit":"connections".*"limit reached"/])
      expect(running.log()).toMatch(line);
    for (const socket of silent) socket.destroy();
    running.child.kill('SIGTERM');
    await once(running.child, 'exit');
  });

  it('exits with 1 when its port is taken, and says so', async () => {
    const { child, address } = await serve();
    const taken = await run([], { MG_PROVISION_GRPC_PORT: address.split(':')[1]! });
    expect(taken.code).toBe(1);
    expect(startErrorOf(taken)).toMatchObject({
      msg: expect.stringMatching(/^provision-grpc does not start: .*EADDRINUSE/),
    });
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
