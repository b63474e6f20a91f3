import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AddressInfo } from 'node:net';
import { type Server, createServer } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PRINTABLE } from '@org/domain';
import { AgentHome, type Ended } from '@org/harness/agent';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

/** Sets a terminal's title, clears it, by C0 and by C1, and turns the direction of reading. */
const EVIL = 'evil\u001b]0;owned\u0007\u009b2J\u202e';
const SHOWN = 'evil\\u001b]0;owned\\u0007\\u009b2J\\u202e';

const disk = folders();
const homes: AgentHome[] = [];
let authority: TestAuthority;
let server: StandIn;

beforeAll(async () => {
  authority = await TestAuthority.make();
  server = await StandIn.start({ authority });
});

afterEach(() => {
  server.refusals.clear();
  for (const home of homes.splice(0)) home.close();
});

afterAll(() => {
  server.close();
  disk.remove();
});

function aHome(settings: (path: string) => string): AgentHome {
  const path = disk.make();
  const home = new AgentHome(path, settings(path));
  homes.push(home);
  return home;
}

function expectTame({ out, err }: Ended): void {
  for (const text of [out, err]) expect(PRINTABLE.test(text.replaceAll('\n', ''))).toBe(true);
}

/** A key and a certificate that openssl has made, for any name. */
function selfSigned(folder: string, ...more: string[]): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  const args = ['req', '-x509', '-utf8', ...made, '-subj', `/CN=${EVIL}`, '-days', '30', '-out', cert];
  execFileSync('openssl', [...args, ...more], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

describe('texts from outside command no terminal:', () => {
  it('the names of a certificate that no one trusts', async () => {
    const impostor = await new Promise<Server>((resolve) => {
      const listening = createServer(selfSigned(disk.make()), (socket) => socket.end());
      listening.listen(0, '127.0.0.1', () => resolve(listening));
    });
    const { port } = impostor.address() as AddressInfo;
    const home = aHome((path) =>
      settingsFor(path, undefined, { provisioning: { grpc_url: `https://127.0.0.1:${port}` } }),
    );
    const text = await home.run(['doctor']);
    const json = await home.run(['doctor', '--json']);
    impostor.close();
    expect(text.out).toContain(`: ${SHOWN}, signed by ${SHOWN}, until`);
    expectTame(text);
    expectTame(json);
    expect(json.out).toContain(JSON.stringify(SHOWN).slice(1, -1));
  });

  it('the machine id in a certificate, and what a file says of the agent at work', async () => {
    const home = aHome((path) => settingsFor(path, server));
    const { key, cert } = selfSigned(disk.make());
    const data = join(home.path, 'mecha');
    const files = {
      'openssl/ecdsa/key.pem': key,
      'agent/certs/machine.pem': cert,
      'agent/certs/root.pem': cert,
      'agent/certs/ca_bundle.pem': '[]',
    };
    for (const folder of ['openssl/ecdsa', 'agent/certs'])
      mkdirSync(join(data, folder), { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(data, name), text, { mode: 0o600 });
    for (const args of [['status'], ['status', '--json'], ['enrol'], ['enrol', '--json'], ['renew']]) {
      const ended = await home.run(args);
      expectTame(ended);
      if (args[0] !== 'renew') expect(ended.out).toContain(SHOWN);
    }
    const asked = await home.run(['deprovision']);
    expect(asked.err).toContain(SHOWN);
    expectTame(asked);
    const running = home.start(['run']);
    await running.said(/this device has an identity/);
    writeFileSync(join(data, 'agent/state/lock.json'), JSON.stringify({ pid: 7, command: `run\n${EVIL}` }));
    const seen = await home.run(['status']);
    expect(seen.out).toMatch(/^agent +at work \(run\\u000aevil/m);
    expectTame(seen);
    running.kill('SIGTERM');
    expectTame(await running.ended);
  });

  it('what a server says, in words and in logs of both forms', async () => {
    server.refusals.set('begin', { code: status.INTERNAL, reason: EVIL, retryAfterS: 3600 });
    for (const format of ['text', 'json']) {
      const home = aHome((path) => settingsFor(path, server, { logging: { format } }));
      const running = home.start(['run']);
      await running.said(/enrolment failed; retrying/);
      running.kill('SIGTERM');
      const ended = await running.ended;
      expect(ended.out).toContain('owned');
      expectTame(ended);
    }
    const home = aHome((path) => settingsFor(path, server));
    const enrolling = home.start(['enrol']);
    await enrolling.said(/Trying again/, 'err');
    enrolling.kill('SIGINT');
    const ended = await enrolling.ended;
    expect(ended.err).toContain(SHOWN);
    expectTame(ended);
  });

  it('settings, their keys, and arguments', async () => {
    const quoted = JSON.stringify(`${EVIL}\n`);
    const home = aHome((path) => `data: { dir: ${path} }\n${quoted}: 1\nlogging: { level: ${quoted} }\n`);
    const wrong = await home.run(['status']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/^error: .*logging\.level: .*evil[^\n]*wanted/m);
    expectTame(wrong);
    for (const args of [['status', '-s', `${EVIL}.yml`], [EVIL], ['status', `--${EVIL}`]]) {
      const ended = await home.run(args);
      expect(ended).toMatchObject({ code: 2, err: expect.stringContaining(SHOWN) });
      expectTame(ended);
    }
  });
});
