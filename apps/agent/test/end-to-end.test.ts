import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentHome, RealServer } from '@org/harness/agent';
import { folders } from './support/folder.js';

const disk = folders();
let server: RealServer;
let home: AgentHome;
let env: Record<string, string>;

beforeAll(async () => {
  server = await RealServer.start(disk.make());
  const path = disk.make();
  home = new AgentHome(path, 'server: { port: 0 }');
  env = {
    ...server.agentEnvironment(path),
    // As `openssl x509 -fingerprint` prints it.
    MECHA_AGENT_ROOT_FINGERPRINT: server.rootFingerprint.toUpperCase().match(/../g)!.join(':'),
  };
});

afterAll(async () => {
  home?.close();
  await server?.close();
  disk.remove();
});

describe('the agent at the real server', () => {
  it('is enrolled, examined, renewed, looked after and given up, as one machine', async () => {
    const enrolling = home.start(['enrol', '--json'], env);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    await server.approve(code!);
    expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
    const [machine] = await server.machines();
    const cert = join(home.path, '.mecha/agent/certs/machine.pem');
    const first = new X509Certificate(readFileSync(cert));
    expect(first.subject).toBe(`CN=${machine!.id}`);

    const doctor = await home.run(['doctor', '--json'], env);
    expect(doctor).toMatchObject({ code: 0, err: '' });

    const renewed = await home.run(['renew'], env);
    expect(renewed).toMatchObject({ code: 0, err: '' });
    const second = new X509Certificate(readFileSync(cert));
    expect(second.subject).toBe(first.subject);
    expect(second.serialNumber).not.toBe(first.serialNumber);

    const agent = home.start(['run'], env);
    await agent.said(/this device has an identity/);
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({ code: 0 });

    const given = await home.run(['deprovision', '--yes'], env);
    expect(given).toMatchObject({ code: 0, out: expect.stringContaining('The server knows') });
    expect(await home.run(['status'], env)).toMatchObject({ code: 3 });
    expect(await server.machines()).toHaveLength(1);
  });
});
