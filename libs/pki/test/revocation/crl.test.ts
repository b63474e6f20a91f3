import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AuthorityKeyIdentifier, CertificateRevocationList } from 'pkijs';
import type { Enumerated, Integer, OctetString } from 'asn1js';
import { certificatePem } from '@org/x509';
import {
  CrlPublisher,
  encodeRevoked,
  Issuer,
  MemoryCertificateStore,
  parseRevocationReason,
  REVOCATION_REASONS,
  type RevokedEntry,
  signCrl,
} from '../../src/index.js';
import type { RevocationReason } from '@org/domain';
import { anAuthority, aProfile, aRequest, DAY_MS, NOW, TestClock } from '../support/authority.js';
import { KEY_KINDS, Openssl } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';

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
    const der = await signCrl(authority, { ...options, entries: [encodeRevoked(entries)] });
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

  it('takes its entries in any number of parts', async () => {
    const parts = entries.map((entry) => encodeRevoked([entry]));
    const der = await signCrl(await anAuthority(), { ...options, entries: parts });
    expect(read(der).entries).toEqual(entries);
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

  it('reads a list that it has served before no second time', async () => {
    await publisher.current();
    const read = jest.spyOn(store, 'latestCrl');
    await publisher.current();
    expect(read).not.toHaveBeenCalled();
  });

  it('signs a list of more than a thousand at most once a minute, and lets other work in between', async () => {
    const issued = await Promise.all(Array.from({ length: 1_002 }, issue));
    for (const { serial } of issued.slice(1)) await issuer.revoke(serial);
    expect(await publisher.current()).toMatchObject({ number: 1, revocationCount: 1_001 });
    await issuer.revoke(issued[0]!.serial);
    clock.pass(59_999);
    expect((await publisher.current()).number).toBe(1);
    clock.pass(1);
    let turns = 0;
    const immediate = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    let next = immediate;
    const second = await publisher.current();
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(second.number).toBe(2);
    expect(read(second.der).entries).toHaveLength(1_002);
  });

  it('lists up to a thousand revocations each at once', async () => {
    const issued = await Promise.all([issue(), issue()]);
    for (const [n, { serial }] of issued.entries()) {
      await issuer.revoke(serial);
      expect((await publisher.current()).number).toBe(n + 1);
    }
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

  it('is the same for all replicas, whichever signs it', async () => {
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
