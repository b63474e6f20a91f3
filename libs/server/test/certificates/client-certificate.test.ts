import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificatePem } from '@org/x509';
import { AuthorityFolder, RecordedFolder, openStore, succeedAuthority } from '@org/store';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { split } from '../openssl.js';
import { BUILTIN, type RunningServer, openWorld, startServer } from '../world.js';

const folder = mkdtempSync(join(tmpdir(), 'provision-client-certificate-'));
const env = {
  ...BUILTIN,
  MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
  MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
};
let world: Awaited<ReturnType<typeof openWorld>>;
let running: RunningServer;

beforeAll(async () => {
  world = await openWorld();
  running = await startServer(world.emulator, env);
});
afterAll(async () => {
  await running.close();
  await world.close();
  rmSync(folder, { recursive: true });
});

const rootOf = ({ server }: RunningServer) => certificatePem(server.authority!.served().roots[0]!.der);

async function issued() {
  const clientId = randomUUID();
  await world
    .session(world.tokens.owner)
    .createClients([{ id: clientId, name: clientId, secret: randomUUID(), metadata: {} }]);
  return running.server.certificates.issue({
    domainId: world.domain.id,
    token: world.tokens.owner,
    clientId,
    ttl: '1h',
  });
}

/** Whether a broker that knows one root, and nothing else, lets a client in. */
async function isAccepted(root: string, { certificate, key }: { certificate: string; key: string }) {
  const own = await running.server.authority!.serverCertificate({ names: ['localhost'] });
  const broker = createServer(
    { cert: own.certificate, key: own.key.reveal(), ca: root, requestCert: true, rejectUnauthorized: true },
    (socket) => socket.end('welcome'),
  );
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  try {
    const { port } = broker.address() as AddressInfo;
    const client = connect({ port, cert: certificate, key, rejectUnauthorized: false });
    let said = '';
    client.on('data', (data) => (said += String(data)));
    client.on('error', () => undefined);
    await once(client, 'close');
    return said === 'welcome';
  } finally {
    broker.close();
  }
}

describe('a client certificate of the built-in authority', () => {
  it('comes with what leads to the root, and brokers that know the root alone accept it', async () => {
    const given = await issued();
    expect(split(given.certificate)).toHaveLength(2);
    expect(await isAccepted(rootOf(running), given)).toBe(true);
    // It is what comes along that does it.
    const [leaf] = split(given.certificate);
    expect(await isAccepted(rootOf(running), { ...given, certificate: leaf! })).toBe(false);
  });

  it('is accepted by brokers that know the old root alone, after a new one', async () => {
    const oldRoot = rootOf(running);
    await running.close();
    const store = await openStore({ path: env.MG_PROVISION_STATE_PATH, key: undefined });
    const place = new AuthorityFolder(env.MG_PROVISION_AUTHORITY_PATH, undefined);
    const now = Date.now();
    await succeedAuthority(new RecordedFolder(place, store.authority), {
      ...{ organization: 'Provision', algorithm: 'P-256', now },
      ...{ newRoot: true, servedUntil: now + 86_400_000 },
    });
    await store.close();
    running = await startServer(world.emulator, env);
    const given = await issued();
    expect(await isAccepted(oldRoot, given)).toBe(true);
    expect(await isAccepted(rootOf(running), given)).toBe(true);
  });
});
