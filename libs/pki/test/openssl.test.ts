import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificatePem, readCsr } from '@org/x509';
import { encodeRevoked, Issuer, MemoryCertificateStore, signCrl } from '../src/index.js';
import { anAuthority, aProfile, DAY_MS, NOW } from './support/authority.js';
import { aKey, KEY_KINDS, Openssl } from '@org/test-support';

const openssl = new Openssl();
afterAll(() => openssl.close());

describe.each(KEY_KINDS)('with %s keys all over, openssl', (kind) => {
  const store = new MemoryCertificateStore();
  const names = { uri: ['urn:example:{machineId}'], dns: ['{machineId}.devices.example'] };
  const profile = aProfile({ names, subject: { organization: 'Bäckerei Müller' } });
  const chain = ['-CAfile', 'root.pem', '-untrusted', 'issuing.pem'];

  beforeAll(async () => {
    const authority = await anAuthority(kind);
    openssl.write('root.pem', certificatePem(authority.chain[0]!.der));
    openssl.write('issuing.pem', certificatePem(authority.certificate.der));
    openssl.write('key.pem', aKey(kind).export({ type: 'pkcs8', format: 'pem' }).toString());
    const csr = openssl.output(
      'req',
      '-new',
      '-key',
      'key.pem',
      '-subj',
      '/CN=machine-1',
      '-addext',
      'subjectAltName=DNS:machine-1.devices.example',
    );
    const issuer = new Issuer({ authority, profiles: [profile], store });
    openssl.write('leaf.pem', (await issuer.issue({ request: readCsr(csr), machineId: 'machine-1' })).pem);
    const { serial, pem } = await issuer.issue({ request: readCsr(csr), machineId: 'machine-1' });
    openssl.write('revoked.pem', pem);
    const entries = [encodeRevoked([{ serial, at: NOW, reason: 'keyCompromise' }])];
    const list = { number: 1, entries, thisUpdate: NOW, nextUpdate: NOW + DAY_MS };
    openssl.write('list.der', await signCrl(authority, list));
    openssl.write('list.pem', openssl.output('crl', '-inform', 'DER', '-in', 'list.der'));
  });

  it('verifies the chain strictly, for TLS clients', () => {
    const { ok, text } = openssl.run('verify', '-x509_strict', '-purpose', 'sslclient', ...chain, 'leaf.pem');
    expect(text).toMatch(/leaf\.pem: OK/);
    expect(ok).toBe(true);
  });

  it('does not take it for a TLS server or an authority', () => {
    expect(openssl.run('verify', '-x509_strict', '-purpose', 'sslserver', ...chain, 'leaf.pem').ok).toBe(
      false,
    );
    expect(openssl.run('verify', '-CAfile', 'root.pem', '-untrusted', 'leaf.pem', 'leaf.pem').ok).toBe(false);
  });

  it('knows from the CRL what is revoked', () => {
    const check = (name: string) =>
      openssl.run('verify', '-crl_check', '-CRLfile', 'list.pem', ...chain, name);
    expect(check('leaf.pem').text).toMatch(/leaf\.pem: OK/);
    expect(check('revoked.pem').text).toMatch(/certificate revoked/);
  });

  it('prints what the certificate is to say', () => {
    const { text } = openssl.run(
      'x509',
      '-in',
      'leaf.pem',
      '-noout',
      '-text',
      '-nameopt',
      'utf8,sep_comma_plus',
    );
    for (const part of [
      /Version: 3/,
      /Issuer: O=Example,CN=Issuing 200/,
      /Subject: O=Bäckerei Müller,CN=machine-1/,
      /Basic Constraints: critical\s+CA:FALSE/,
      /Key Usage: critical\s+Digital Signature/,
      /Extended Key Usage:\s+TLS Web Client Authentication\n/,
      /URI:urn:example:machine-1, DNS:machine-1\.devices\.example/,
      /CRL Distribution Points:[\s\S]*URI:http:\/\/ca\.example\/crl/,
      /OCSP - URI:http:\/\/ca\.example\/ocsp/,
      /CA Issuers - URI:http:\/\/ca\.example\/v1\/ca\.der/,
    ]) {
      expect(text).toMatch(part);
    }
  });

  it('finds key and certificate to belong together', () => {
    const publicKey = openssl.output('pkey', '-in', 'key.pem', '-pubout').toString();
    expect(openssl.output('x509', '-in', 'leaf.pem', '-noout', '-pubkey').toString()).toBe(publicKey);
  });
});
