import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

afterAll(() => {
  homes.close();
  server?.close();
  disk.remove();
});

/** Events of `enrol --json`. */
const eventsOf = (out: string): { event: string; [key: string]: unknown }[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string });

describe('a device, from an empty folder to an empty folder', () => {
  it('is set up, enrolled, looked at, renewed and given up', async () => {
    const home = homes.make();
    const init = await home.run(['init']);
    expect(init).toMatchObject({ code: 0, out: expect.stringContaining(home.settings) });
    expect(statSync(home.settings).mode & 0o777).toBe(0o600);
    const env = {
      MECHA_AGENT_GRPC_URL: server.url,
      MECHA_AGENT_ROOT_FINGERPRINT: authority.fingerprint,
      MG_AGENT_CONFIG_PATH: join(home.path, 'agent-config.json'),
      MG_AGENT_BOOTSTRAP_CACHE_PATH: join(home.path, 'bootstrap.json'),
    };

    const enrolling = home.start(['enrol', '--json'], env);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    const machineId = server.approve(code);
    const enrolled = await enrolling.ended;
    expect(enrolled).toMatchObject({ code: 0, err: '' });
    const done = eventsOf(enrolled.out).at(-1)!;
    expect(done).toMatchObject({ event: 'provisioned', machineId, bootstrap: 'none' });
    const files = done['files'] as Record<'privateKey' | 'cert' | 'caBundle' | 'root', string>;
    expect(files.cert).toBe(join(home.path, '.mecha/agent/certs/machine.pem'));
    expect(statSync(files.privateKey).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(readFileSync(files.cert));
    expect(certificate.subject).toBe(`CN=${machineId}`);
    expect(certificate.verify(authority.issuing.certificate.x509.publicKey)).toBe(true);

    const status = await home.run(['status', '--json'], env);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.out)).toMatchObject({
      state: 'provisioned',
      enrolling: false,
      machineId,
      certificate: { serial: certificate.serialNumber.toLowerCase() },
      renewal: { action: 'wait', reason: 'not_due', attempts: [] },
      bootstrap: { state: 'none' },
    });
    const words = await home.run(['status'], env);
    expect(words.out).toContain(machineId);

    const again = await home.run(['enrol'], env);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining(`${machineId} already`) });

    const renewed = await home.run(['renew'], env);
    expect(renewed).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Renewed') });
    const next = new X509Certificate(readFileSync(files.cert));
    expect(next.subject).toBe(`CN=${machineId}`);
    expect(next.serialNumber).not.toBe(certificate.serialNumber);
    expect(next.publicKey.equals(certificate.publicKey)).toBe(false);
    // The new certificate was shown to the server before it was relied on.
    expect(server.calls.slice(-2)).toEqual(['renew', 'checkIn']);
    const notDue = await home.run(['renew', '--if-due', '--json'], env);
    expect(JSON.parse(notDue.out)).toMatchObject({ outcome: 'not_due' });

    const asked = await home.run(['deprovision'], env);
    expect(asked).toMatchObject({ code: 1, err: expect.stringContaining('--yes') });
    expect(existsSync(files.privateKey)).toBe(true);
    const given = await home.run(['deprovision', '--yes'], env);
    expect(given).toMatchObject({ code: 0, out: expect.stringContaining('The server knows') });
    expect(server.deprovisioned).toEqual([machineId]);
    expect(Object.values(files).filter((path) => existsSync(path))).toEqual([]);
    const after = await home.run(['status', '--json'], env);
    expect(after.code).toBe(3);
    expect(JSON.parse(after.out)).toMatchObject({ state: 'none' });
    const twice = await home.run(['deprovision', '--yes'], env);
    expect(twice.code).toBe(0);
  });

  it('shows people the code and its address, plain where it is no terminal, and what they gain', async () => {
    const home = homes.make((path) => settingsFor(path, server));
    const enrolling = home.start(['enrol']);
    const [, code] = await enrolling.said(/with the code (\S+)/);
    await enrolling.said(/it ends in \d+ minutes/);
    expect(enrolling.out).toContain('https://provision.example/enrol');
    expect(enrolling.out).toMatch(/^[\n\u0020-\u007e]*$/);
    const machineId = server.approve(code);
    const { code: exit, out } = await enrolling.ended;
    expect(exit).toBe(0);
    expect(out).toContain(`This device is now ${machineId}.`);
    expect(server.described.at(-1)).toMatchObject({ model: 'Gateway 3', serial: 'SN-42' });
  });

  it('says no when the operator does', async () => {
    const home = homes.make((path) => settingsFor(path, server));
    const enrolling = home.start(['enrol']);
    await enrolling.said(/with the code/);
    server.deny();
    expect(await enrolling.ended).toMatchObject({ code: 1, err: expect.stringContaining('denied') });
  });
});

describe('a bootstrap configuration', () => {
  const content = {
    domain_id: 'domain-1',
    mqtt: { url: 'ssl://mqtt.example:8883', client_id: 'client-1', secret: 'hunter2' },
    telemetry: { channel_id: 'data-1' },
    commands: { channel_id: 'control-1' },
  };

  it('is fetched as the server says, kept, and used without asking again', async () => {
    const asked: (string | undefined)[] = [];
    const service = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 'config-1', content: JSON.stringify(content) }));
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const bootstrap = { url, externalId: 'ext-1', externalKey: 'key-1' };
    const platform = await StandIn.start({ authority, bootstrap });
    try {
      const home = homes.make((path) => settingsFor(path, platform));
      const enrolling = home.start(['enrol', '--json']);
      await enrolling.said(/"code":/);
      platform.approve();
      expect(eventsOf((await enrolling.ended).out).at(-1)).toMatchObject({ bootstrap: 'loaded' });
      expect(asked).toEqual(['/clients/bootstrap/ext-1 Client key-1']);
      const config = join(home.path, 'agent-config.json');
      expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({
        domain_id: 'domain-1',
        mqtt_username: 'client-1',
        mqtt_password: 'hunter2',
        bs_valid: '1',
      });
      const status = await home.run(['status', '--json']);
      expect(JSON.parse(status.out)).toMatchObject({
        bootstrap: { state: 'loaded', externalId: 'ext-1', domainId: 'domain-1', broker: content.mqtt.url },
      });
      expect(status.out + (await home.run(['status'])).out).not.toMatch(/hunter2|key-1/);

      const agent = home.start(['run']);
      expect((await agent.said(/\{.*bootstrap configuration loaded.*\}/))[0]).toContain('"from":"disk"');
      agent.kill('SIGTERM');
      await agent.ended;
      expect(agent.out).not.toMatch(/hunter2|key-1/);
      expect(asked).toHaveLength(1);
      await home.run(['deprovision', '--yes']);
      expect(existsSync(config)).toBe(false);
    } finally {
      platform.close();
      service.close();
      service.closeAllConnections();
    }
  });

  it('that cannot be had does not take the identity away', async () => {
    const bootstrap = { url: 'http://127.0.0.1:1', externalId: 'ext-1', externalKey: 'key-1' };
    const platform = await StandIn.start({ authority, bootstrap });
    try {
      const home = homes.make((path) => settingsFor(path, platform));
      const enrolling = home.start(['enrol']);
      await enrolling.said(/with the code/);
      platform.approve();
      expect(await enrolling.ended).toMatchObject({
        code: 0,
        out: expect.stringContaining('not fetched yet: '),
      });
      expect(await home.run(['status'])).toMatchObject({
        code: 0,
        out: expect.stringContaining('not fetched yet (external id ext-1)'),
      });
    } finally {
      platform.close();
    }
  });
});

describe('a power cut', () => {
  it('in the middle of an enrolment: it goes on with the same code and key, and makes one machine', async () => {
    const home = homes.make((path) => settingsFor(path, server));
    const before = server.machines.size;
    const first = home.start(['enrol', '--json']);
    const [, code] = await first.said(/"code":"([^"]+)"/);
    const key = [...server.waiting.values()].at(-1)!.key;
    first.kill('SIGKILL');
    await first.ended;
    server.approve(code);

    const second = await home.run(['enrol', '--json']);
    expect(second.code).toBe(0);
    expect(eventsOf(second.out)[0]).toMatchObject({ event: 'code', code });
    const status = JSON.parse((await home.run(['status', '--json'])).out) as { keyFingerprint: string };
    expect(status.keyFingerprint).toBe(key);
    expect(server.machines.size).toBe(before + 1);
  });

  it('leaves no lock behind', async () => {
    const home = homes.make((path) => settingsFor(path, server));
    const first = home.start(['enrol', '--json']);
    await first.said(/"code":/);
    const busy = await home.run(['renew']);
    expect(busy).toMatchObject({ code: 4, err: expect.stringContaining(`"enrol", process ${first.pid}`) });
    expect(JSON.parse((await home.run(['status', '--json'])).out)).toMatchObject({
      state: 'enrolling',
      agent: { command: 'enrol', pid: first.pid },
    });
    first.kill('SIGKILL');
    await first.ended;
    const free = await home.run(['renew']);
    expect(free).toMatchObject({ code: 1, err: expect.stringContaining('no certificate') });
    expect(JSON.parse((await home.run(['status', '--json'])).out)).not.toHaveProperty('agent');
  });
});

describe('Ctrl-C', () => {
  it('ends an enrolment that can go on later', async () => {
    const home = homes.make((path) => settingsFor(path, server));
    const enrolling = home.start(['enrol', '--json']);
    await enrolling.said(/"code":/);
    enrolling.kill('SIGINT');
    expect(await enrolling.ended).toMatchObject({ code: 130, err: expect.stringContaining('goes on') });
  });
});
