import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket, connect, createServer } from 'node:tls';
import type { CertificateRecord } from '@org/pki';
import type { ServerCertificate } from '../../src/index.js';
import { openssl, split } from '../openssl.js';
import { type RunningServer, startServer } from '../world.js';

const DAY_MS = 24 * 3600e3;
let running: RunningServer;
let made: ServerCertificate;

const onRecord = async ({ server }: RunningServer) =>
  (await server.authority!.store.list({ machineId: 'provision-server' })).records;
const certificateFor = (...names: string[]) => running.server.authority!.serverCertificate({ names });

beforeAll(async () => {
  running = await startServer(undefined);
  made = await certificateFor('localhost', '127.0.0.1', '::1', 'Provision.Plant.Test');
});
afterAll(() => running.close());

describe("a server's certificate", () => {
  it('chains up to the root, which comes with it, for servers only', () => {
    const [leaf, issuing, root] = split(made.certificate) as [string, string, string];
    const files = { leaf, issuing, root };
    const verify = (purpose: string) =>
      openssl(
        ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'root', '-untrusted', 'issuing', 'leaf'],
        files,
      );
    expect(verify('sslserver')).toContain('OK');
    expect(() => verify('sslclient')).toThrow();
    expect(new X509Certificate(root).verify(new X509Certificate(root).publicKey)).toBe(true);
  });

  it('has the names that were asked for', () => {
    const leaf = new X509Certificate(made.certificate);
    expect(leaf.subjectAltName!.split(', ').sort()).toEqual(
      [
        'DNS:localhost',
        'DNS:provision.plant.test',
        'IP Address:0:0:0:0:0:0:0:1',
        'IP Address:127.0.0.1',
      ].sort(),
    );
  });

  it('lives 30 days, and is to be renewed after two thirds of them', () => {
    const { validFromDate, validToDate } = new X509Certificate(made.certificate);
    expect(made.notAfter).toBe(validToDate.getTime());
    expect(Math.abs(made.notAfter - Date.now() - 30 * DAY_MS)).toBeLessThan(60_000);
    const share = (made.renewAt - validFromDate.getTime()) / (made.notAfter - validFromDate.getTime());
    expect(share).toBeCloseTo(2 / 3, 3);
  });

  it('serves TLS to who knows the root alone, and shows the root in the handshake', async () => {
    const server = createServer({ cert: made.certificate, key: made.key.reveal() }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const ca = split(made.certificate)[2]!;
      const socket = await new Promise<TLSSocket>((resolve, reject) => {
        const opened = connect({ host: '127.0.0.1', port, ca }, () => resolve(opened));
        opened.once('error', reject);
      });
      expect(socket.authorized).toBe(true);
      const shown = socket.getPeerCertificate(true).issuerCertificate.issuerCertificate;
      expect(shown.fingerprint256).toBe(new X509Certificate(ca).fingerprint256);
      socket.destroy();
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is on record once for its names, in whatever order, with a key of its own', async () => {
    const again = await certificateFor('::1', '127.0.0.1', 'LOCALHOST', 'provision.plant.test');
    expect(again.key.reveal()).toBe(made.key.reveal());
    expect(again).toEqual(made);
    const other = await certificateFor('localhost');
    expect(other.key.reveal()).not.toBe(made.key.reveal());
    expect(await onRecord(running)).toMatchObject([
      { profile: 'server', state: 'signed' },
      { profile: 'server', state: 'signed' },
    ]);
  });

  it.each(['*.plant.test', 'a b', '300.0.0.1/8', ''])('is not made for %j', async (name) => {
    await expect(certificateFor('localhost', name)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'server_name_invalid',
    });
  });
});

describe('a certificate of a server that is started again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-restart-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const env = {
    MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
    MG_PROVISION_AUTHORITY_STORE: 'database',
  };
  const named = ({ server }: RunningServer) => server.authority!.serverCertificate({ names: ['localhost'] });

  it('is the one from before, also where several start together', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => startServer(undefined, env)));
    const given = await Promise.all(replicas.map(named));
    expect(new Set(given.map(({ certificate }) => certificate)).size).toBe(1);
    const [one] = replicas;
    const valid = (await onRecord(one!)).filter(({ state }) => state === 'signed');
    expect(valid).toHaveLength(1);
    const count = (await onRecord(one!)).length;
    for (const replica of replicas) await replica.close();
    const later = await startServer(undefined, env);
    expect(await named(later)).toEqual(given[0]);
    expect(await onRecord(later)).toHaveLength(count);
    await later.close();
  });

  it('is another one when it was revoked, or is to be renewed', async () => {
    const server = await startServer(undefined, env);
    const before = await named(server);
    const [{ serial }] = (await onRecord(server)).filter(({ state }) => state === 'signed') as [
      CertificateRecord,
    ];
    await server.server.authority!.issuer.revoke(serial, 'keyCompromise');
    const after = await named(server);
    expect(after.key.reveal()).not.toBe(before.key.reveal());
    await server.close();
    const realTime = Date.now;
    try {
      Date.now = () => realTime() + 21 * DAY_MS;
      const later = await startServer(undefined, env);
      expect((await named(later)).certificate).not.toBe(after.certificate);
      await later.close();
    } finally {
      Date.now = realTime;
    }
  });
});
