import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate, createPrivateKey, randomUUID } from 'node:crypto';
import { certificatePem, readCertificates } from '@org/x509';
import { openssl, split } from '../openssl.js';
import { type RunningServer, openWorld, startServer } from '../world.js';

let world: Awaited<ReturnType<typeof openWorld>>;
let running: RunningServer;
/** Waits for no answer for long. */
let hasty: RunningServer;
let clientId: string;

beforeAll(async () => {
  world = await openWorld();
  running = await startServer(world.emulator);
  hasty = await startServer(world.emulator, { MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '500ms' });
  clientId = randomUUID();
  await world
    .session(world.tokens.owner)
    .createClients([{ id: clientId, name: 'press', secret: randomUUID(), metadata: {} }]);
});
afterEach(() => world.emulator.faults.clear());
afterAll(async () => {
  await running.close();
  await hasty.close();
  await world.close();
});

const issue = (
  more: { token?: 'owner' | 'stranger'; clientId?: string; ttl?: string } = {},
  { server } = running,
) =>
  server.certificates.issue({
    domainId: world.domain.id,
    token: world.tokens[more.token ?? 'owner'],
    clientId: more.clientId ?? clientId,
    ttl: more.ttl,
  });
const valid = () =>
  world.emulator.inventory().certificates.filter((it) => it.entity_id === clientId && !it.revoked).length;

describe('a certificate for a client', () => {
  it('carries its id, fits its key, and lives as long as asked', async () => {
    const { certificate, key } = await issue({ ttl: '2h' });
    const x509 = new X509Certificate(certificate);
    expect(x509.subject).toContain(clientId);
    expect(x509.checkPrivateKey(createPrivateKey(key))).toBe(true);
    const hours = (x509.validToDate.getTime() - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThan(2.1);
  });

  it('comes with its issuer, so that who knows the root alone accepts it', async () => {
    const [leaf, ...above] = split((await issue()).certificate);
    const chain = await world.session(world.tokens.owner).issuerChain();
    const [intermediate, root] = readCertificates(chain).map(certificatePem);
    expect(above).toEqual([intermediate]);
    const files = { leaf: leaf!, above: above.join(''), root: root! };
    expect(openssl(['verify', '-CAfile', 'root', '-untrusted', 'above', 'leaf'], files)).toContain('OK');
  });

  it('that could not be given its issuer is revoked', async () => {
    const before = valid();
    world.emulator.faults.add({ operation: 'certs.view_ca', action: 'drop_before', times: null });
    await expect(issue()).rejects.toMatchObject({ kind: 'unavailable', details: { leftovers: [] } });
    expect(valid()).toBe(before);
  });

  it('is not issued for a client that does not exist, nor to a stranger', async () => {
    await expect(issue({ clientId: randomUUID() })).rejects.toMatchObject({
      kind: 'not_found',
      code: 'client_not_found',
    });
    await expect(issue({ token: 'stranger' })).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it.each(['fail_after', 'drop_after', 'hang_after'] as const)(
    'that nobody was told of (%s) is revoked',
    async (action) => {
      const before = valid();
      world.emulator.faults.add({ operation: 'certs.issue', action });
      const from = action === 'hang_after' ? hasty : running;
      await expect(issue({}, from)).rejects.toMatchObject({
        kind: 'unavailable',
        details: { leftovers: [] },
      });
      expect(valid()).toBe(before);
    },
  );

  it('that Magistrala issued but does not list, as the connection was cut, is revoked', async () => {
    const before = valid();
    world.emulator.faults.add({ operation: 'certs.issue', action: 'drop_during', leaves: 'unlinked' });
    await expect(issue()).rejects.toMatchObject({ kind: 'unavailable', details: { leftovers: [] } });
    expect(valid()).toBe(before);
    const session = world.session(world.tokens.owner);
    expect(await session.unlistedCertificatesOf(clientId)).toEqual([]);
  });

  it('that may have been issued and cannot be searched for is reported', async () => {
    world.emulator.faults.add({ operation: 'certs.issue', action: 'drop_during', leaves: 'unlinked' });
    world.emulator.faults.add({ operation: 'certs.list', action: 'refuse', nth: 2, times: null });
    const reason = expect.stringContaining(`certificates of client ${clientId} could not be searched`);
    await expect(issue()).rejects.toMatchObject({
      kind: 'unavailable',
      details: { leftovers: [{ type: 'certificate', id: '', reason }] },
    });
    world.emulator.faults.clear();
    const session = world.session(world.tokens.owner);
    for (const serial of await session.unlistedCertificatesOf(clientId))
      await session.revokeCertificate(serial);
  });
});
