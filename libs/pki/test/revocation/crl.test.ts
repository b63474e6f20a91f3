import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CertificateRevocationList } from 'pkijs';
import type { Enumerated, Integer, OctetString } from 'asn1js';
import type { AuthorityKeyIdentifier } from 'pkijs';
import {
  certificatePem,
  CrlPublisher,
  Issuer,
  MemoryCertificateStore,
  parseRevocationReason,
  REVOCATION_REASONS,
  type RevocationReason,
  type RevokedEntry,
  signCrl,
} from '../../src/index.js';
import { anAuthority, aProfile, aRequest, DAY_MS, NOW, TestClock } from '../support/authority.js';
import { invalidError } from '../support/errors.js';
import { KEY_KINDS } from '../support/keys.js';
import { Openssl } from '../support/openssl.js';

const openssl = new Openssl();
afterAll(() => openssl.close());

/** What a list says, as pkijs reads it. */
function read(der: Buffer) {
  const crl = CertificateRevocationList.fromBER(der);
  const extension = <T>(id: string) =>
    crl.crlExtensions?.extensions.find(({ extnID }) => extnID === id)?.parsedValue as T | undefined;
  return {
    version: crl.version,
    thisUpdate: crl.thisUpdate.value.getTime(),
    nextUpdate: crl.nextUpdate!.value.getTime(),
    number: extension<Integer>('2.5.29.20')!.valueBlock.valueDec,
    authorityKeyId: Buffer.from(
      extension<AuthorityKeyIdentifier>('2.5.29.35')!.keyIdentifier!.valueBlock.valueHexView,
    ),
    entries: (crl.revokedCertificates ?? []).map(
      ({ userCertificate, revocationDate, crlEntryExtensions }) => ({
        serial: Buffer.from(userCertificate.valueBlock.valueHexView).toString('hex'),
        at: revocationDate.value.getTime(),
        reason: reasonOf(crlEntryExtensions?.extensions[0]?.parsedValue as Enumerated | undefined),
      }),
    ),
  };
}

const reasonOf = (value: (Enumerated | OctetString) | undefined): string | undefined => {
  const number = value ? (value as Enumerated).valueBlock.valueDec : 0;
  return Object.entries(REVOCATION_REASONS).find(([, each]) => each === number)?.[0];
};

const reasons = Object.keys(REVOCATION_REASONS) as RevocationReason[];

describe('a signed list', () => {
  const entries: RevokedEntry[] = reasons.map((reason, n) => ({
    serial: `01${'ab'.repeat(n + 1)}`,
    at: NOW - n * 1000,
    reason,
  }));
  const options = { number: 300, entries, thisUpdate: NOW, nextUpdate: NOW + DAY_MS };

  it.each(KEY_KINDS)('says what it was told, signed with %s', async (kind) => {
    const authority = await anAuthority(kind);
    const der = await signCrl(authority, options);
    const { subjectKeyId: authorityKeyId } = authority.certificate;
    expect(read(der)).toEqual({ version: 1, ...options, authorityKeyId });
    openssl.write('ca.pem', certificatePem(authority.certificate.der));
    openssl.write('list.crl', der);
    const verified = openssl.run(
      'crl',
      '-inform',
      'DER',
      '-in',
      'list.crl',
      '-CAfile',
      'ca.pem',
      '-noout',
      '-text',
    );
    expect(verified.text).toMatch(/verify OK/);
    expect(verified.text).toMatch(/X509v3 CRL Number:\s+300\b/);
    expect(verified.text).toMatch(/Cessation Of Operation/);
  });

  it('without entries has no list of them', async () => {
    const der = await signCrl(await anAuthority(), { ...options, entries: [] });
    expect(CertificateRevocationList.fromBER(der).revokedCertificates).toBeUndefined();
  });

  it('of 20,000 entries is made in a moment', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => ({
      ...entries[1]!,
      serial: `01${n.toString(16).padStart(32, '0')}`,
    }));
    const authority = await anAuthority();
    const started = performance.now();
    const der = await signCrl(authority, { ...options, entries: many });
    expect(performance.now() - started).toBeLessThan(2000);
    expect(der.length).toBeGreaterThan(20_000 * 40);
  });
});

describe('reasons', () => {
  it.each(reasons)('knows %s', (reason) => expect(parseRevocationReason(reason)).toBe(reason));
  it.each(['', 'removeFromCRL', 'certificateHold', '7', 'KeyCompromise', 'constructor'])(
    'refuses %p',
    (reason) =>
      expect(() => parseRevocationReason(reason)).toThrow(invalidError('revocation_reason_invalid')),
  );
});

describe('CrlPublisher', () => {
  let clock: TestClock;
  let store: MemoryCertificateStore;
  let issuer: Issuer;
  let publisher: CrlPublisher;

  const authority = anAuthority();

  beforeEach(async () => {
    clock = new TestClock();
    store = new MemoryCertificateStore();
    issuer = new Issuer({
      authority: await authority,
      profiles: [aProfile({ lifetimeMs: 10 * DAY_MS })],
      store,
      clock,
    });
    publisher = new CrlPublisher({ authority: await authority, store, clock });
  });

  const issue = async () => issuer.issue({ request: await aRequest(), machineId: 'machine-1' });
  const serials = async () => read((await publisher.current()).der).entries.map(({ serial }) => serial);

  it('keeps a list until something is revoked, then signs the next', async () => {
    const { serial } = await issue();
    const first = await publisher.current();
    expect(first).toMatchObject({ number: 1, thisUpdate: NOW, nextUpdate: NOW + DAY_MS });
    clock.pass(5000);
    expect((await publisher.current()).der).toBe(first.der);
    await issuer.revoke(serial, 'keyCompromise');
    const second = await publisher.current();
    expect(second).toMatchObject({ number: 2, thisUpdate: NOW + 5000 });
    expect(read(second.der).entries).toEqual([{ serial, at: NOW + 5000, reason: 'keyCompromise' }]);
  });

  it('signs anew before the list runs out', async () => {
    await publisher.current();
    clock.pass(DAY_MS / 2 - 1);
    expect((await publisher.current()).number).toBe(1);
    clock.pass(1);
    expect(await publisher.current()).toMatchObject({ number: 2, nextUpdate: NOW + 1.5 * DAY_MS });
  });

  it('lists what was given up without a signature', async () => {
    const issuerOfBroken = new Issuer({
      authority: {
        ...(await authority),
        signer: { ...(await authority).signer, sign: () => Promise.reject(new Error('cut')) },
      },
      profiles: [aProfile()],
      store,
      clock,
    });
    await expect(issuerOfBroken.issue({ request: await aRequest(), machineId: 'machine-1' })).rejects.toThrow(
      'cut',
    );
    const [serial] = await issuer.reconcile(0);
    expect(await serials()).toEqual([serial]);
  });

  it('drops a certificate that has expired, but only after one more list', async () => {
    const { serial, notAfter } = await issue();
    await issuer.revoke(serial);
    expect(await serials()).toEqual([serial]);
    clock.time = notAfter + DAY_MS;
    expect(await serials()).toEqual([serial]);
    clock.pass(DAY_MS);
    expect(await serials()).toEqual([]);
  });

  it('is the same for all replicas, whoever signs it', async () => {
    const { serial } = await issue();
    await issuer.revoke(serial);
    const replicas = await Promise.all(
      Array.from({ length: 4 }, async () => new CrlPublisher({ authority: await authority, store, clock })),
    );
    const lists = await Promise.all([...replicas, publisher].map((each) => each.current()));
    expect(new Set(lists.map(({ der }) => der.toString('hex'))).size).toBe(1);
    expect((await store.latestCrl(lists[0]!.issuerId))?.number).toBe(1);
  });

  it("leaves out another authority's certificates", async () => {
    const other = new CrlPublisher({ authority: await anAuthority('Ed25519', undefined, 210), store, clock });
    const { serial } = await issue();
    await issuer.revoke(serial);
    expect(read((await other.current()).der).entries).toEqual([]);
  });
});
