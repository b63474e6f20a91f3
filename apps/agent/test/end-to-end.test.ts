import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import type { Operator } from '@org/enrolment';
import { type GrpcApp, createApp } from '@org/provision-grpc';
import { type Server, createLogger, openServer, readConfiguration } from '@org/server';
import { AgentHome } from './support/agent.js';
import { folders } from './support/folder.js';

const ANN: Operator = { id: 'ann', known: true, token: undefined };
const disk = folders();
let server: Server;
let app: GrpcApp;
let home: AgentHome;
let env: Record<string, string>;

beforeAll(async () => {
  const state = disk.make();
  const loaded = readConfiguration({
    env: {
      MG_PROVISION_PLATFORM: 'none',
      MG_PROVISION_CERTS_BACKEND: 'builtin',
      MG_PROVISION_AUTHORITY_PATH: join(state, 'authority'),
      MG_PROVISION_STATE_PATH: join(state, 'state.db'),
      MG_PROVISION_OPERATOR_TOKENS: `ann:${'0'.repeat(64)}`,
      MG_PROVISION_GRPC_HOST: '127.0.0.1',
      MG_PROVISION_GRPC_PORT: '0',
      MG_PROVISION_DRAIN_TIMEOUT: '1s',
    },
    readFile: () => undefined,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  server = await openServer({ config: loaded.config, logger: createLogger('silent') });
  app = await createApp(server);
  const root = server.authority!.chainPem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g)!.at(-1)!;
  const path = disk.make();
  mkdirSync(path, { recursive: true });
  home = new AgentHome(path, 'server: { port: 0 }');
  env = {
    MECHA_AGENT_GRPC_URL: `https://${await app.listen()}`,
    MECHA_AGENT_ROOT_FINGERPRINT: new X509Certificate(root).fingerprint256,
    MECHA_AGENT_LOG_FORMAT: 'json',
    MG_AGENT_CONFIG_PATH: join(path, 'agent-config.json'),
    MG_AGENT_BOOTSTRAP_CACHE_PATH: join(path, 'bootstrap.json'),
  };
});

afterAll(async () => {
  home?.close();
  await app?.close();
  await server?.close();
  disk.remove();
});

async function approve(code: string): Promise<void> {
  const enrolments = server.enrolments!;
  const { id } = await enrolments.lookUp({ code: new Secret(code), operator: ANN, address: '198.51.100.1' });
  await enrolments.approve({ id, domainId: 'plant', operator: ANN, request: { name: 'press-7' } });
}

const machines = async () =>
  (await server.enrolments!.listMachines({ domainId: 'plant', offset: 0, limit: 10 })).machines;

describe('the agent at the real server', () => {
  it('is enrolled, examined, renewed, looked after and given up, as one machine', async () => {
    const enrolling = home.start(['enrol', '--json'], env);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    await approve(code!);
    expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
    const [machine] = await machines();
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
    expect(await machines()).toHaveLength(1);
  });
});
