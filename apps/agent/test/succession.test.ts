import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { isProvisionError } from '@org/domain';
import { certificatePem } from '@org/x509';
import { AuthorityFolder, RecordedFolder, openStore, succeedAuthority } from '@org/store';
import { AgentHomes } from './support/agent-homes.js';
import { type AgentHome, RealServer } from '@org/harness/agent';
import { folders } from './support/folder.js';

const DAY_MS = 86_400_000;
const BOTH_APPS = { MG_PROVISION_HTTP_TLS: 'builtin', MG_PROVISION_LEGACY_DEVICES: 'true' };

const disk = folders();
const homes = new AgentHomes(disk);
let server: RealServer | undefined;
afterEach(async () => {
  homes.close();
  await server?.close();
});
afterAll(() => disk.remove());

/** A new root while no one serves, as by `provision ca succeed --new-root`; then the server is started again. */
async function succeeded(folder: string): Promise<RealServer> {
  await server!.close();
  server = undefined;
  const now = Date.now();
  const store = await openStore({ path: join(folder, 'state.db'), key: undefined });
  const place = new AuthorityFolder(join(folder, 'authority'), undefined);
  await succeedAuthority(new RecordedFolder(place, store.authority), {
    ...{ organization: 'Provision', algorithm: 'P-256', now },
    ...{ newRoot: true, servedUntil: now + DAY_MS },
  });
  await store.close();
  return (server = await RealServer.start(folder, BOTH_APPS));
}

async function started(): Promise<{ readonly folder: string; readonly running: RealServer }> {
  const folder = disk.make();
  return { folder, running: (server = await RealServer.start(folder, BOTH_APPS)) };
}

async function enrolled(home: AgentHome, env: Record<string, string>): Promise<void> {
  const enrolling = home.start(['enrol', '--json'], env);
  const [, code] = await enrolling.said(/"code":"([^"]+)"/);
  await server!.approve(code!);
  expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
}

/** A code that a device made is known when it has asked about it, which it does as soon as it shows it. */
async function approveOnceAsked(running: RealServer, code: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await running.approve(code);
    } catch (error) {
      if (attempt === 8 || !isProvisionError(error) || error.code !== 'code_unknown') throw error;
      await setTimeout(500);
    }
  }
}

const rootOf = ({ server: { authority } }: RealServer): string =>
  certificatePem(authority!.served().roots[0]!.der);

/** The roots that an agent has on its disk. */
const roots = (home: AgentHome): string[] =>
  readFileSync(join(home.path, '.mecha/agent/certs/root.pem'), 'utf8')
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .sort();

/** An agent that knows where the server is, and the root's fingerprint or nothing else. */
const grpcHome = (): AgentHome => homes.make(() => 'server: { port: 0 }');

describe('an agent that is away while the root changes', () => {
  it('is served and renewed over gRPC afterwards, and knows both roots from then on', async () => {
    const { folder, running } = await started();
    const before = rootOf(running);
    const home = grpcHome();
    const env = running.agentEnvironment(home.path);
    await enrolled(home, env);
    const after = await succeeded(folder);
    const now = { ...env, MECHA_AGENT_GRPC_URL: after.url };
    expect(await home.run(['renew'], now)).toMatchObject({ code: 0, err: '' });
    expect(roots(home)).toEqual([before, rootOf(after)].sort());
    // Once more, as its new root is to be good for connections too; then with all that a daemon does.
    expect(await home.run(['renew'], now)).toMatchObject({ code: 0, err: '' });
    expect(await home.run(['doctor'], now)).toMatchObject({ code: 0, err: '' });
    const twice = await succeeded(folder);
    expect(await home.run(['renew'], { ...env, MECHA_AGENT_GRPC_URL: twice.url })).toMatchObject({ code: 0 });
  });

  it('is served and renewed over the older HTTP wire', async () => {
    const { folder, running } = await started();
    const before = rootOf(running);
    const settings = ({ httpUrl }: RealServer): string =>
      JSON.stringify({
        server: { port: 0 },
        provisioning: { server_url: httpUrl, root_fingerprint: running.rootFingerprint },
      });
    const home = homes.make(() => settings(running));
    const enrolling = home.start(['enrol', '--json']);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    await approveOnceAsked(running, code!);
    expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
    const after = await succeeded(folder);
    const [machine] = await after.machines();
    await after.reissue(machine!.id);
    writeFileSync(home.settings, settings(after));
    expect(await home.run(['renew'])).toMatchObject({ code: 0, err: '' });
    expect(roots(home)).toEqual([before, rootOf(after)].sort());
  });
});

describe('an agent that was in stock while the root changed', () => {
  it.each(['old', 'new'])('is enrolled with the fingerprint of the %s root', async (which) => {
    const { folder, running } = await started();
    const { rootFingerprint: old } = running;
    const after = await succeeded(folder);
    const home = grpcHome();
    const env = {
      ...after.agentEnvironment(home.path),
      MECHA_AGENT_ROOT_FINGERPRINT: which === 'old' ? old : after.rootFingerprint,
    };
    await enrolled(home, env);
    expect(roots(home)).toContain(rootOf(after));
    expect(await home.run(['renew'], env)).toMatchObject({ code: 0, err: '' });
  });
});
