import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Server, createServer } from 'node:tls';
import { certificatePem } from '@org/x509';
import { AuthorityFolder, RecordedFolder, openStore, succeedAuthority } from '@org/store';
import { split } from '../openssl.js';
import { type RunningServer, startServer } from '../world.js';

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'provision-succession-'));
const env = {
  MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
  MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
};
let running: RunningServer;
let listening: Server;
let oldRoot: string;
let newRoot: string;

const rootOf = ({ server }: RunningServer) => certificatePem(server.authority!.served().roots[0]!.der);

beforeAll(async () => {
  const before = await startServer(undefined, env);
  oldRoot = rootOf(before);
  await before.close();
  const now = Date.now();
  const store = await openStore({ path: env.MG_PROVISION_STATE_PATH, key: undefined });
  const place = new AuthorityFolder(env.MG_PROVISION_AUTHORITY_PATH, undefined);
  await succeedAuthority(new RecordedFolder(place, store.authority), {
    ...{ organization: 'Provision', algorithm: 'P-256', now },
    ...{ newRoot: true, servedUntil: now + DAY_MS },
  });
  await store.close();
  running = await startServer(undefined, env);
  newRoot = rootOf(running);
  const { certificate, key } = await running.server.authority!.serverCertificate({ names: ['localhost'] });
  listening = createServer({ cert: certificate, key: key.reveal() }, (socket) => socket.end());
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => listening.close(resolve));
  await running.close();
  rmSync(folder, { recursive: true });
});

/** What `openssl s_client` says, which trusts one root alone. */
async function shakeHands(root: string): Promise<string> {
  const file = join(folder, 'root.pem');
  writeFileSync(file, root);
  const { port } = listening.address() as AddressInfo;
  const client = spawn('openssl', [
    ...['s_client', '-connect', `127.0.0.1:${port}`, '-showcerts', '-verify_return_error'],
    ...['-CAfile', file, '-no-CApath', '-no-CAstore', '-verify_hostname', 'localhost'],
  ]);
  client.stdin.end();
  return text(client.stdout);
}

describe('a server after its root was replaced', () => {
  it.each([
    ['old', () => oldRoot],
    ['new', () => newRoot],
  ])('is accepted by openssl where it knows the %s root alone', async (_, root) => {
    expect(await shakeHands(root())).toContain('Verify return code: 0 (ok)');
  });

  it('shows the new root in the name of the old one before the roots themselves', async () => {
    const shown = split(await shakeHands(newRoot));
    const [bridge] = running.server.authority!.anchors().crossSigned;
    expect(shown.slice(2)).toEqual([certificatePem(bridge!.der), newRoot, oldRoot]);
  });

  it('gives clients of the platform all that is to be trusted', async () => {
    const trusted = split(running.server.authority!.servedPem());
    expect(trusted).toEqual(expect.arrayContaining([oldRoot, newRoot]));
  });
});
