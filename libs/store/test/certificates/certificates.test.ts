import { afterAll, describe, expect, it } from '@jest/globals';
import { auditStore, type CertificateStore, type IssuanceIntent, type SignedCertificate } from '@org/pki';
import { fingerprint } from '@org/x509';
import { certificateStoreContract } from '@org/pki/testing';
import type { Store } from '../../src/index.js';
import { databases, openReplicas, removeFiles } from '../support/databases.js';
import { anIssuer, aRequest } from '../support/issuing-process.js';

afterAll(removeFiles);

for (const [name, open] of databases) {
  certificateStoreContract(name, async () => {
    const store = await open();
    return { store: store.certificates, close: () => store.close() };
  });
}

let made = 0;
/** A store does not look into what is to be signed, or was. */
function anIntent(issuerId = 'a'.repeat(40)): IssuanceIntent {
  made += 1;
  return {
    serial: `01${made.toString(16).padStart(32, '0')}`,
    issuerId,
    profile: 'device',
    machineId: `machine-${made}`,
    keyFingerprint: fingerprint(Buffer.from(`key ${made}`)),
    notBefore: 0,
    notAfter: 9,
    tbs: Buffer.from(`to be signed ${made}`),
    recordedAt: 1,
  };
}
const signedOf = ({ serial, tbs }: IssuanceIntent): SignedCertificate => {
  return { serial, certificate: tbs, fingerprint: fingerprint(tbs), at: 2 };
};
const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe.each(databases)('a certificate store in %s', (_, open) => {
  it('takes groups of any size', async () => {
    const store = await open();
    const { certificates } = store;
    const intents = times(2500, () => anIntent());
    const serials = intents.map(({ serial }) => serial);
    await certificates.recordIntents(intents);
    await certificates.recordSigned(intents.slice(0, 1200).map(signedOf));
    expect(await certificates.recordUnsigned(serials, 3)).toEqual(serials.slice(1200));
    const revocations = serials.map((serial) => ({ serial, reason: 'superseded' as const, at: 4 }));
    expect(await certificates.recordRevoked(revocations)).toEqual(serials.slice(0, 1200));
    expect(await certificates.find(serials)).toHaveLength(2500);
    const revoked = { expiresFrom: 0, limit: 2400 };
    const first = await certificates.listRevoked(intents[0]!.issuerId, revoked);
    const rest = await certificates.listRevoked(intents[0]!.issuerId, { ...revoked, after: first.next! });
    expect(new Set([...first.entries, ...rest.entries].map((each) => each.serial))).toEqual(new Set(serials));
    expect(await auditStore(certificates)).toMatchObject({ intact: true, head: { seq: 6200 } });
    await store.close();
  });

  it('keeps what a group says twice once: the same signature, the first revocation', async () => {
    const store = await open();
    const { certificates } = store;
    const intent = anIntent();
    const { serial, issuerId } = intent;
    await certificates.recordIntents([intent]);
    const other = { ...signedOf(intent), fingerprint: 'f'.repeat(64) };
    const differing = certificates.recordSigned([signedOf(intent), other]);
    await expect(differing).rejects.toMatchObject({ code: 'not_intended' });
    await certificates.recordSigned([signedOf(intent), signedOf(intent)]);
    const first = { serial, reason: 'keyCompromise', at: 3 } as const;
    expect(await certificates.recordRevoked([first, { ...first, reason: 'superseded' }])).toEqual([serial]);
    expect(await certificates.listRevoked(issuerId, { expiresFrom: 0 })).toEqual({ entries: [first] });
    expect(await certificates.revocationCount(issuerId)).toBe(1);
    const kinds = (await certificates.logAfter(0, 10)).map(({ kind }) => kind);
    expect(kinds).toEqual(['intended', 'signed', 'revoked']);
    await store.close();
  });

  it('revokes for several reasons at once, in the order asked for, and counts for each issuer', async () => {
    const store = await open();
    const { certificates } = store;
    const intents = times(4, (n) => anIntent((n === 3 ? 'b' : 'a').repeat(40)));
    await certificates.recordIntents(intents);
    const reasons = ['superseded', 'keyCompromise', 'superseded', 'unspecified'] as const;
    const revocations = intents.map(({ serial }, n) => ({ serial, reason: reasons[n]!, at: 3 }));
    const serials = intents.map(({ serial }) => serial);
    expect(await certificates.recordRevoked(revocations)).toEqual(serials);
    const pages = [0, 3].map((n) => certificates.listRevoked(intents[n]!.issuerId, { expiresFrom: 0 }));
    expect((await Promise.all(pages)).flatMap(({ entries }) => entries)).toEqual(revocations);
    const counts = [0, 3].map((n) => certificates.revocationCount(intents[n]!.issuerId));
    expect(await Promise.all(counts)).toEqual([3, 1]);
    await store.close();
  });
});

describe('replicas on one PostgreSQL', () => {
  it('that issue and revoke at the same time keep one log, without a gap or a branch', async () => {
    const stores = await openReplicas(3);
    const request = await aRequest();
    const issueAndRevoke = async ({ certificates }: Store, replica: number) => {
      const issuer = await anIssuer(certificates);
      for (let round = 0; round < 5; round += 1) {
        const machineId = `machine-${replica}-${round}`;
        await Promise.all(times(10, () => issuer.issue({ request, machineId })));
        expect(await issuer.revokeMachine(machineId)).toHaveLength(10);
      }
    };
    await Promise.all(stores.map(issueAndRevoke));
    for (const { certificates } of stores)
      expect(await auditStore(certificates)).toMatchObject({ intact: true, head: { seq: 3 * 5 * 10 * 3 } });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('record a serial, a signature and a revocation once', async () => {
    const stores = await openReplicas(3);
    const intent = anIntent();
    const { serial } = intent;
    const each = <T>(work: (store: CertificateStore, n: number) => Promise<T>) =>
      Promise.allSettled(stores.map(({ certificates }, n) => work(certificates, n)));
    const intended = await each((store) => store.recordIntents([intent]));
    expect(intended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const signed = await each((store) => store.recordSigned([signedOf(intent)]));
    expect(signed.every(({ status }) => status === 'fulfilled')).toBe(true);
    const revoked = await each((store, at) => store.recordRevoked([{ serial, reason: 'superseded', at }]));
    expect(revoked.flatMap((end) => (end.status === 'fulfilled' ? end.value : []))).toEqual([serial]);
    const [store] = stores;
    expect(await auditStore(store!.certificates)).toMatchObject({ intact: true, head: { seq: 3 } });
    await Promise.all(stores.map((one) => one.close()));
  });
});
