import { describe, expect, it } from '@jest/globals';
import {
  certificatePem,
  createCsr,
  exportPrivateKey,
  readCertificate,
  readCertificateBundle,
  readCsr,
} from '@org/x509';
import {
  certifyAuthorityKey,
  createIssuingAuthority,
  createRoot,
  loadAuthority,
  loadRoot,
} from '../../src/index.js';
import { certify } from '../../src/authority/certify.js';
import { certificateAuthority, endEntity, keyUsage, subjectKeyIdentifier } from '@org/x509/encoding';
import { anAuthority, aRoot, DAY_MS, NOW } from '../support/authority.js';
import { aKey, KEY_KINDS, Openssl } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';
import { aSigner } from '../support/signer.js';

const root = await aRoot();
const issuing = await anAuthority('P-256', root);

describe('a new authority', () => {
  it.each(KEY_KINDS)('says what an authority must say, with %s keys', async (kind) => {
    const { certificate, chain } = await anAuthority(kind);
    const [above] = chain;
    expect(certificate).toMatchObject({ isAuthority: true, pathLength: 0, notBefore: NOW - 3600e3 });
    expect(certificate.critical).toEqual(['2.5.29.19', '2.5.29.15']);
    expect([...certificate.keyUsage!]).toEqual([0, 5, 6]);
    expect(certificate.authorityKeyId!.equals(above!.subjectKeyId!)).toBe(true);
    expect(above).toMatchObject({ isAuthority: true, pathLength: undefined });
    expect(above!.subject.equals(above!.issuer)).toBe(true);
    expect(above!.x509.verify(above!.x509.publicKey)).toBe(true);
  });

  it('does not outlive its parent', async () => {
    const subject = { commonName: 'Long' };
    const long = await createIssuingAuthority(root, aSigner('P-256', 3), {
      subject,
      now: NOW,
      lifetimeMs: 99999 * DAY_MS,
    });
    expect(long.certificate.notAfter).toBe(root.certificate.notAfter);
  });

  it('can be certified by an offline root from a CSR, and loaded with the root certificate alone', async () => {
    const signer = aSigner('P-384', 3);
    const csr = await createCsr(signer, { subject: { commonName: 'Offline' } });
    const { publicKey } = readCsr(csr);
    const subject = { commonName: 'Offline' };
    const certificate = await certifyAuthorityKey(root, publicKey, {
      subject,
      now: NOW,
      lifetimeMs: 365 * DAY_MS,
    });
    const loaded = await loadAuthority({ certificate, signer, chain: [root.certificate], now: NOW });
    expect(loaded.chain).toEqual([root.certificate]);
  });

  it('is refused without a name, below a parent that allows none, and from an expired parent', async () => {
    const terms = { subject: { commonName: 'X' }, now: NOW, lifetimeMs: DAY_MS };
    const key = aSigner('P-256', 3);
    await expect(createRoot(key, { ...terms, subject: {} })).rejects.toEqual(
      invalidError('authority_subject_empty'),
    );
    await expect(createIssuingAuthority(issuing, key, terms)).rejects.toEqual(
      invalidError('authority_path_length'),
    );
    const late = { ...terms, now: root.certificate.notAfter + 1 };
    await expect(createIssuingAuthority(root, key, late)).rejects.toEqual(invalidError('authority_expired'));
  });
});

describe('loading', () => {
  const { certificate, signer } = issuing;
  const load = (change: Partial<Parameters<typeof loadAuthority>[0]>) =>
    loadAuthority({ certificate, signer, chain: [root.certificate], now: NOW, ...change });

  const special = (extensions: Buffer[]) =>
    certify({
      signer: root.signer,
      issuer: root.certificate.subject,
      subject: certificate.subject,
      publicKey: certificate.publicKey,
      notBefore: NOW,
      notAfter: NOW + DAY_MS,
      extensions,
    });

  it('puts the chain in order, whatever else is there', async () => {
    const other = await aRoot('Ed25519');
    const { chain } = await load({ chain: [other.certificate, certificate, root.certificate] });
    expect(chain.map(({ fingerprint }) => fingerprint)).toEqual([root.certificate.fingerprint]);
  });

  it('accepts a root that issues itself', async () => {
    expect((await load({ ...root, chain: [] })).chain).toEqual([]);
    expect(await loadRoot({ ...root, now: NOW })).toMatchObject({ certificate: root.certificate });
  });

  it('refuses the key of another', () =>
    expect(load({ signer: aSigner('P-256', 3) })).rejects.toEqual(invalidError('authority_key_mismatch')));

  it('refuses a signer that signs with another key than it says', () => {
    const lying = { ...signer, sign: aSigner('P-256', 3).sign };
    return expect(load({ signer: lying })).rejects.toEqual(invalidError('authority_signer_broken'));
  });

  it('refuses after its end and before its beginning', async () => {
    await expect(load({ now: certificate.notAfter + 1000 })).rejects.toEqual(
      invalidError('certificate_expired'),
    );
    await expect(load({ now: certificate.notBefore - 1 })).rejects.toEqual(
      invalidError('certificate_not_yet_valid'),
    );
  });

  it('refuses a chain without its root, or with another of the same name', async () => {
    await expect(load({ chain: [] })).rejects.toEqual(invalidError('chain_incomplete'));
    const subject = { organization: 'Example', commonName: 'Root 100' };
    const impostor = await createRoot(aSigner('P-256', 5), { subject, now: NOW, lifetimeMs: DAY_MS });
    await expect(load({ chain: [impostor.certificate] })).rejects.toEqual(invalidError('chain_incomplete'));
  });

  it('refuses what is no authority, may not sign, or has no key identifier', async () => {
    const ski = subjectKeyIdentifier(Buffer.alloc(20, 1));
    const cases: [Buffer[], string][] = [
      [[endEntity(), keyUsage(5, 6), ski], 'authority_not_ca'],
      [[ski], 'authority_not_ca'],
      [[certificateAuthority(0), keyUsage(0), ski], 'authority_key_usage'],
      [[certificateAuthority(0), keyUsage(5), ski], 'authority_key_usage'],
      [[certificateAuthority(0), keyUsage(5, 6)], 'authority_key_identifier'],
    ];
    for (const [extensions, code] of cases) {
      await expect(load({ certificate: await special(extensions) })).rejects.toEqual(invalidError(code));
    }
  });

  it('accepts an authority that openssl made', async () => {
    const openssl = new Openssl();
    try {
      openssl.write('key.pem', exportPrivateKey(aKey('RSA-2048', 3)).reveal());
      const args = ['-new', '-x509', '-key', 'key.pem', '-subj', '/O=Acme/CN=Old Root', '-days', '30'];
      const pem = openssl
        .output('req', ...args, '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
        .toString();
      const old = readCertificate(pem);
      await expect(
        loadRoot({ certificate: old, signer: aSigner('RSA-2048', 3), now: old.notBefore }),
      ).resolves.toBeDefined();
    } finally {
      openssl.close();
    }
  });
});

describe('reading certificates', () => {
  it('reads a bundle in its order, and one alone as DER', () => {
    const bundle = [issuing, root].map(({ certificate }) => certificatePem(certificate.der)).join('');
    expect(readCertificateBundle(bundle).map(({ serial }) => serial)).toEqual([
      issuing.certificate.serial,
      root.certificate.serial,
    ]);
    expect(readCertificate(root.certificate.der).fingerprint).toBe(root.certificate.fingerprint);
  });

  it.each([
    ['nothing', '', 'pem_malformed'],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'certificate_missing'],
    ['base64 that is none', '-----BEGIN CERTIFICATE-----\nA!\n-----END CERTIFICATE-----\n', 'pem_malformed'],
    [
      'another structure',
      '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n',
      'certificate_malformed',
    ],
  ])('refuses %s', (_, text, code) => expect(() => readCertificate(text)).toThrow(invalidError(code)));
});
