import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { Agent, get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { provisionEnvironment } from '@org/magistrala-emulator';
import { type World, gateway, openWorld, send } from './app.js';
import { makeKey } from './enrolment/setting.js';

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
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
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
    child.once('close', () => reject(new Error(log)));
  });
  return { child, url, log: () => log };
}

/** A request of which the server has the head and half the body; the function that is returned sends the rest. */
async function halfSent(url: string, body: object, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(JSON.stringify(body));
  const sent = request(url, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': bytes.length,
      expect: '100-continue',
      ...headers,
    },
  });
  const answered = once(sent, 'response');
  answered.catch(() => undefined);
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(bytes.subarray(0, bytes.length / 2));
  return async () => {
    sent.end(bytes.subarray(bytes.length / 2));
    const [answer] = (await answered) as [IncomingMessage];
    return { status: answer.statusCode, body: JSON.parse(await text(answer)) as object };
  };
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

describe('provision-http', () => {
  it('explains itself', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('MG_PROVISION_X509_PROVISIONING'),
    });
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run(['--frobnicate'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'--frobnicate'"),
    });
  });

  it('makes a token for an operator, of which the configuration holds a hash only', async () => {
    const { stdout } = await run(['--operator-token', 'alice']);
    const [, token, hash] = /: (\S+)\nMG_PROVISION_OPERATOR_TOKENS=alice:(\S+)\n/.exec(stdout)!;
    expect(createHash('sha256').update(token!).digest('hex')).toBe(hash);
    expect(await run(['--operator-token', 'no good'])).toMatchObject({ code: 1, stdout: '' });
  });

  it('goes past a proxy that the environment has for other programs, to services on this machine and without TLS', async () => {
    const dead = 'http://127.0.0.1:9';
    const variables = { http_proxy: dead, https_proxy: dead, HTTP_PROXY: dead, HTTPS_PROXY: dead };
    const { child, url, log } = await serve({ ...variables, MG_AUTH_GRPC_TIMEOUT: '30s' });
    let said = '';
    child.stderr!.on('data', (data: Buffer) => (said += data.toString()));
    expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ ready: true });
    const mapping = `${url}/${world.domainId}/mapping`;
    expect((await send(mapping, { token: world.tokens.owner, body: gateway() })).status).toBe(201);
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(log() + said).not.toMatch(/ECONNREFUSED|proxy/);
  });

  it('checks its configuration, and does not start on a bad one', async () => {
    writeFileSync(join(folder, 'bad.toml'), '[server]\nport = 99999\nlog_level = "loud"\n');
    const env = { MG_PROVISION_CONFIG_FILE: 'bad.toml', MG_PROVISION_HTTP_PORT: '' };
    const checked = await run(['--check-config'], env);
    expect(checked.code).toBe(1);
    const started = await run([], env);
    expect(started.code).toBe(1);
    for (const text of [checked.stdout, problemsOf(started)]) {
      expect(text).toMatch(/bad\.toml:2.*server\.port/);
      expect(text).toMatch(/bad\.toml:3.*server\.log_level/);
    }
    expect((await run(['--check-config'])).code).toBe(0);
    const json = await run(['--check-config', '--json'], { MG_PROVISION_API_KEY: 'the-api-key' });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true });
    expect(json.stdout).not.toContain('the-api-key');
  });

  it('tells a container engine whether the process with the same settings is healthy', async () => {
    const { child, url } = await serve();
    const env = { MG_PROVISION_HTTP_PORT: new URL(url).port };
    expect(await run(['--check-health'], env)).toEqual({ code: 0, stdout: '', stderr: '' });
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(await run(['--check-health'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await run(['--check-health'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/port is 0/),
    });
  });

  it('brings the database to its schema and ends, for a job before an upgrade', async () => {
    const env = { MG_PROVISION_STATE_PATH: join(folder, 'migrated.db') };
    expect(await run(['--migrate-only'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the database has the schema of this version'),
    });
    const tables = new DatabaseSync(env.MG_PROVISION_STATE_PATH)
      .prepare("select count(*) as n from sqlite_master where name = 'schema_migrations'")
      .get();
    expect(tables).toMatchObject({ n: 1 });
  });

  it('exits with 1 when its port is taken, and says so', async () => {
    const { child, url } = await serve();
    const taken = await run([], { MG_PROVISION_HTTP_PORT: new URL(url).port });
    expect(taken.code).toBe(1);
    expect(startErrorOf(taken)).toMatchObject({
      msg: expect.stringMatching(/^provision-http does not start: .*EADDRINUSE/),
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

  it('keeps all that requests under way need until they are answered', async () => {
    const { child, url, log } = await serve({
      MG_PROVISION_CERTS_BACKEND: 'builtin',
      MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
    });
    const asOwner = { token: world.tokens.owner };
    const made = await send(`${url}/${world.domainId}/mapping`, { ...asOwner, body: gateway() });
    const [{ id }] = made.body['clients'] as [{ id: string }];
    const fault = world.emulator.faults.add({ operation: 'clients.list', action: 'hold_before' });
    const certificate = send(`${url}/${world.domainId}/cert`, { ...asOwner, body: { client_id: id } });
    await fault.waitForHit();
    const beginning = await halfSent(`${url}/v1/enrolments`, { csr: await makeKey().csr() });
    const mapping = await halfSent(`${url}/${world.domainId}/mapping`, gateway(), {
      authorization: `Bearer ${world.tokens.owner}`,
    });
    const { hostname, port } = new URL(url);
    const unused = connect(Number(port), hostname);
    await once(unused, 'connect');
    child.kill('SIGTERM');
    while (!log().includes('"stopping"')) await once(child.stdout!, 'data');
    // Time in which it could close too much.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await mapping()).toMatchObject({ status: 503, body: { code: 'stopping' } });
    expect(await beginning()).toMatchObject({ status: 201 });
    unused.write('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await text(unused)).toMatch(/^HTTP\/1.1 404(?=.*x-request-id)(?=.*connection: close)/is);
    fault.release();
    expect(await certificate).toMatchObject({ status: 201 });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says that its database is busy while another process keeps it, and goes on afterwards', async () => {
    const { child, url } = await serve();
    const database = new DatabaseSync(join(folder, 'state.db'));
    database.exec('pragma busy_timeout = 5000');
    database.exec('begin immediate');
    const provision = () =>
      send(`${url}/${world.domainId}/mapping`, { token: world.tokens.owner, body: gateway() });
    const refused = await provision();
    expect(refused).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    database.close();
    expect(await provision()).toMatchObject({ status: 201 });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('on SIGTERM closes all else and exits with 0 although its database is busy', async () => {
    const { child, log } = await serve();
    const database = new DatabaseSync(join(folder, 'state.db'));
    database.exec('pragma busy_timeout = 5000');
    database.exec('begin immediate');
    child.kill('SIGTERM');
    // Not 'exit', after which some of the log may still be on its way.
    expect(await once(child, 'close')).toEqual([0, null]);
    database.close();
    expect(log()).toContain('"stopped"');
  });

  it('waits for nothing longer than the time to drain, and tells callers of runs that it gives up', async () => {
    const { child, url } = await serve({ MG_PROVISION_DRAIN_TIMEOUT: '100ms' });
    await halfSent(`${url}/${world.domainId}/mapping`, gateway());
    const fault = world.emulator.faults.add({ operation: 'channels.connect', action: 'hold_before' });
    const answer = send(`${url}/${world.domainId}/mapping`, { token: world.tokens.owner, body: gateway() });
    await fault.waitForHit();
    child.kill('SIGTERM');
    expect(await answer).toMatchObject({ status: 503, body: { step: 'connections' } });
    fault.release();
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
    const same = {
      MG_PROVISION_SERVER_CERT: cert,
      MG_PROVISION_SERVER_KEY: key,
      MG_PROVISION_HTTP_PORT: new URL(url).port,
    };
    expect(await run(['--check-health'], same)).toMatchObject({ code: 0 });
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
