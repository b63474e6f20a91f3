import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SoftHsm, makeSoftHsm } from '@org/device/testing';
import { AgentHome, RealServer } from '@org/harness/agent';
import { folders } from './support/folder.js';

const disk = folders();
let server: RealServer;
let hsm: SoftHsm;
let home: AgentHome;
let env: Record<string, string>;

beforeAll(async () => {
  server = await RealServer.start(disk.make());
  hsm = await makeSoftHsm(disk.make(), process.env);
  const path = disk.make();
  const { module, token } = hsm;
  const pin_file = join(path, 'pin');
  writeFileSync(pin_file, `${hsm.pin.reveal()}\n`, { mode: 0o600 });
  const settings = { server: { port: 0 }, key_store: { pkcs11: { module, token, pin_file } } };
  home = new AgentHome(path, JSON.stringify(settings));
  env = { ...hsm.env, ...server.agentEnvironment(path) };
});

afterAll(async () => {
  home?.close();
  await server?.close();
  disk.remove();
});

const inMecha = (name: string): string => join(home.path, '.mecha', name);
const certificate = (): X509Certificate =>
  new X509Certificate(readFileSync(inMecha('agent/certs/machine.pem')));

describe('an agent whose key is in a PKCS#11 token', () => {
  it('enrols, renews by signature, and says who has to be revoked when it gives up', async () => {
    const enrolling = home.start(['enrol', '--json'], env);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    await server.approve(code!);
    expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
    const [machine] = await server.machines();
    const first = certificate();
    expect(first.subject).toBe(`CN=${machine!.id}`);
    expect(hsm.privateKeys()).toHaveLength(1);
    expect(existsSync(inMecha('openssl/ecdsa/key.pem'))).toBe(false);

    expect(await home.run(['status'], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining(machine!.id),
    });
    expect(await home.run(['doctor', '--json'], env)).toMatchObject({ code: 0, err: '' });

    const agent = home.start(['run'], env);
    await agent.said(/this device has an identity/);
    expect(await home.run(['renew'], env)).toMatchObject({ code: 0, err: '' });
    const second = certificate();
    expect(second.subject).toBe(first.subject);
    expect(second.publicKey.equals(first.publicKey)).toBe(false);
    expect(hsm.privateKeys()).toHaveLength(1);
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({ code: 0 });

    expect(await home.run(['deprovision', '--yes'], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`revoke ${machine!.id} there`),
    });
    expect(hsm.privateKeys()).toEqual([]);
    expect(await server.machines()).toHaveLength(1);
  });

  it('takes the PIN from the environment, or from a file that only its user can read', async () => {
    const pin = join(home.path, 'pin');
    chmodSync(pin, 0o640);
    const refused = await home.run(['status'], env);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(`chmod 600 ${pin}`) });
    expect(refused.err).not.toContain(hsm.pin.reveal());
    const withPin = { ...env, MECHA_AGENT_PKCS11_PIN: hsm.pin.reveal() };
    expect(await home.run(['status'], withPin)).toMatchObject({ code: 3, err: '' });
    writeFileSync(pin, '');
    chmodSync(pin, 0o600);
    expect(await home.run(['status'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('has to hold the PIN'),
    });
  });
});
