import { expect, it } from '@jest/globals';
import { readCertificate } from '@org/x509';
import { startServer } from '../world.js';

const DAY_MS = 86_400_000;
/** One more, and the list counts as long. */
const REVOKED = 1_000;

it.each([
  ['1h', false],
  ['1s', true],
])('a long revocation list is signed anew at most every %s', async (interval, isNew) => {
  const running = await startServer(undefined, {
    MG_PROVISION_AUTHORITY_STORE: 'database',
    MG_PROVISION_CRL_INTERVAL: interval,
  });
  const { store, certificate, crl } = running.server.authority!;
  const issuerId = readCertificate(certificate).subjectKeyId!.toString('hex');
  const revoke = async (from: number, count: number) => {
    const serials = Array.from({ length: count }, (_, n) => `01${String(from + n).padStart(32, '0')}`);
    const now = Date.now();
    await store.recordIntents(
      serials.map((serial) => ({
        ...{ serial, issuerId, profile: 'device', machineId: serial, keyFingerprint: serial },
        ...{ notBefore: now, notAfter: now + DAY_MS, tbs: Buffer.alloc(1), recordedAt: now },
      })),
    );
    await store.recordRevoked(serials.map((serial) => ({ serial, reason: 'superseded', at: now })));
  };
  await revoke(0, REVOKED);
  const first = (await crl())!;
  expect(first.revocationCount).toBe(REVOKED);
  await revoke(REVOKED, 1);
  const real = Date.now;
  try {
    // Two seconds on.
    Date.now = () => real() + 2_000;
    expect((await crl())!.number).toBe(isNew ? first.number + 1 : first.number);
  } finally {
    Date.now = real;
  }
  await running.close();
});
