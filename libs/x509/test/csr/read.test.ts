import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createCsr, readCsr, toPem } from '../../src/index.js';
import { OID } from '../../src/der/oids.js';
import { bitString, explicit, integer, oid, sequence, set, tlv } from '../../src/der/write.js';
import { aKey, cpuMs, KEY_KINDS } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';
import { aSigner } from '../support/signer.js';
import {
  closeFactorsModulus,
  rocaModulus,
  rsaSpki,
  squareModulus,
  strongModulus,
  unsignedCsr,
} from '../support/weak-spki.js';

const subject = { commonName: 'machine-1' };
const spkiOf = (key = aKey()) => createPublicKey(key).export({ type: 'spki', format: 'der' });
const good = await createCsr(aSigner(), { subject });
const pem = toPem('CERTIFICATE REQUEST', good);

/** A CertificationRequestInfo with what is given in place of what belongs there, signed with the P-256 key. */
function signedInfo(parts: {
  version?: Buffer;
  name?: Buffer;
  spki?: Buffer;
  attributes?: Buffer[];
}): Buffer {
  const { version = integer(0), name = sequence(), spki = spkiOf(), attributes = [explicit(0)] } = parts;
  const info = sequence(version, name, spki, ...attributes);
  return sequence(info, sequence(oid(OID.ecdsaSha256)), bitString(sign('sha256', info, aKey())));
}

const commonName = (tag: number, content: Buffer): Buffer =>
  sequence(set(sequence(oid(OID.commonName), tlv(tag, content))));
const extensionRequest = (...extensions: Buffer[]): Buffer =>
  sequence(oid(OID.extensionRequest), set(sequence(...extensions)));
const san = (...names: Buffer[]): Buffer => sequence(oid(OID.subjectAltName), tlv(0x04, sequence(...names)));

describe('readCsr', () => {
  it.each(KEY_KINDS)('accepts a %s key', async (kind) => {
    const request = readCsr(await createCsr(aSigner(kind), { subject }));
    expect(request.commonName).toBe('machine-1');
    expect(request.publicKey.equals(spkiOf(aKey(kind)))).toBe(true);
    expect(request.key.algorithm).toBe(kind.replace(/^RSA-.*/, 'RSA'));
  });

  it('accepts what mecha-agent sends: RSA 2048, only a CN, attributes present and empty, PEM', async () => {
    const csr = await createCsr(aSigner('RSA-2048'), { subject });
    expect(csr.includes(Buffer.of(0xa0, 0x00))).toBe(true);
    expect(readCsr(toPem('CERTIFICATE REQUEST', csr))).toMatchObject({
      commonName: 'machine-1',
      extensions: [],
    });
  });

  it('accepts PEM as text and as octets, DER, and the label NEW CERTIFICATE REQUEST', () => {
    const renamed = pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST');
    const windows = pem.replaceAll('\n', '\r\n');
    for (const input of [pem, Buffer.from(pem), good, new Uint8Array(good), renamed, windows]) {
      expect(readCsr(input).keyFingerprint).toBe(readCsr(good).keyFingerprint);
    }
  });

  it('accepts a request without attributes', () =>
    expect(readCsr(signedInfo({ attributes: [] })).extensions).toEqual([]));

  it('keeps nothing of the buffer that it was given', () => {
    const own = Buffer.from(good);
    const request = readCsr(own);
    own.fill(0);
    expect(request.der.equals(good)).toBe(true);
  });

  it('reads the names asked for', async () => {
    const names = { dns: ['a.example', 'b.example'], uri: ['urn:x:1'], ip: [Buffer.of(192, 0, 2, 1)] };
    expect(readCsr(await createCsr(aSigner(), { subject, names })).names).toEqual({
      ...names,
      email: [],
      others: 0,
    });
  });

  it.each([
    ['BMPString', 0x1e, Buffer.from('m-1', 'utf16le').swap16(), 'm-1'],
    ['PrintableString', 0x13, Buffer.from('m-1'), 'm-1'],
    ['IA5String', 0x16, Buffer.from('m-1'), 'm-1'],
    ['UTF8String', 0x0c, Buffer.from('mäß-1'), 'mäß-1'],
    ['TeletexString', 0x14, Buffer.from('mäß-1', 'latin1'), 'mäß-1'],
    ['PrintableString with letters beyond it', 0x13, Buffer.from('mäß@1', 'latin1'), 'mäß@1'],
    ['VisibleString', 0x1a, Buffer.from('m-1'), 'm-1'],
    ['NumericString', 0x12, Buffer.from('42'), '42'],
    ['UniversalString', 0x1c, Buffer.from('0000006d0001f600', 'hex'), 'm😀'],
    ['BIT STRING, as of x500UniqueIdentifier', 0x03, Buffer.of(0, 0xca, 0xfe), '#030300cafe'],
    ['SEQUENCE', 0x30, Buffer.of(0x05, 0), '#30020500'],
    ['UTF8String with other octets', 0x0c, Buffer.of(0xff), '#0c01ff'],
    ['BMPString of half a character', 0x1e, Buffer.of(0), '#1e0100'],
    ['BMPString with half a surrogate pair', 0x1e, Buffer.of(0xd8, 0), '#1e02d800'],
    ['UniversalString of half a character', 0x1c, Buffer.of(0, 0), '#1c020000'],
    ['UniversalString beyond Unicode', 0x1c, Buffer.of(0, 0x11, 0, 0), '#1c0400110000'],
    ['UniversalString with a surrogate', 0x1c, Buffer.of(0, 0, 0xd8, 0), '#1c040000d800'],
  ])('reads a CN that is a %s', (_, tag, content, expected) =>
    expect(readCsr(signedInfo({ name: commonName(tag, content) })).commonName).toBe(expected),
  );
});

describe('readCsr refuses', () => {
  const refused = (input: string | Uint8Array, code: string) =>
    expect(() => readCsr(input)).toThrow(invalidError(code));

  it('a megabyte of nonsense, at once', () => {
    const readThem = () => {
      refused(Buffer.alloc(1 << 20, 0x30), 'csr_too_large');
      refused('-'.repeat(1 << 20), 'csr_too_large');
    };
    expect(cpuMs(readThem)).toBeLessThan(1000);
  });

  it('what is over a limit of ones own', () => {
    expect(() => readCsr(good, { maxBytes: good.length - 1 })).toThrow(invalidError('csr_too_large'));
    expect(readCsr(good, { maxBytes: good.length }).commonName).toBe('machine-1');
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['another PEM label', toPem('CERTIFICATE', good)],
    ['two requests', pem + pem],
    ['base64 that is none', pem.replace('M', '!')],
    ['16 KB of dashes', '-----BEGIN '.repeat(1400)],
  ])('%s in place of PEM', (_, text) => refused(text, 'csr_not_pem'));

  it.each([
    ['one octet less', good.subarray(0, -1)],
    ['one octet more', Buffer.concat([good, Buffer.of(0)])],
    ['version 2', signedInfo({ version: integer(1) })],
    ['no key', signedInfo({ spki: sequence() })],
    ['a subject whose RDN is empty', signedInfo({ name: sequence(set()) })],
    [
      'a subject with an attribute without value',
      signedInfo({ name: sequence(set(sequence(oid(OID.commonName)))) }),
    ],
    [
      'two extension requests',
      signedInfo({ attributes: [explicit(0, extensionRequest(san()), extensionRequest(san()))] }),
    ],
    [
      'an extension twice',
      signedInfo({ attributes: [explicit(0, extensionRequest(san(tlv(0x82)), san(tlv(0x82))))] }),
    ],
    ['an empty subjectAltName', signedInfo({ attributes: [explicit(0, extensionRequest(san()))] })],
    [
      'a DNS name beyond ASCII',
      signedInfo({ attributes: [explicit(0, extensionRequest(san(tlv(0x82, Buffer.of(0xe4)))))] }),
    ],
    [
      'an IP address of 3 octets',
      signedInfo({ attributes: [explicit(0, extensionRequest(san(tlv(0x87, Buffer.alloc(3)))))] }),
    ],
    ['an empty extension request', signedInfo({ attributes: [explicit(0, extensionRequest())] })],
  ])('%s as malformed', (_, input) => refused(input, 'csr_malformed'));

  it('a bad signature', () => {
    const broken = Buffer.from(good);
    broken[broken.length - 1]! ^= 1;
    refused(broken, 'csr_signature_invalid');
  });

  it('the signature of another key', () =>
    refused(signedInfo({ spki: spkiOf(aKey('P-256', 1)) }), 'csr_signature_invalid'));

  it('a point that is not on the curve', () => {
    const spki = spkiOf();
    spki[spki.length - 1]! ^= 1;
    refused(signedInfo({ spki }), 'csr_key_malformed');
  });

  it.each([
    ['another curve', spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey)],
    ['P-521', spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey)],
    ['Ed448', spkiOf(generateKeyPairSync('ed448').privateKey)],
    ['X25519', spkiOf(generateKeyPairSync('x25519').privateKey)],
    [
      'explicit curve parameters',
      spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey),
    ],
  ])('%s', (_, spki) => refused(signedInfo({ spki }), 'csr_key_unsupported'));

  it('a kind of key that the rules leave out', () =>
    expect(() => readCsr(good, { keyAlgorithms: ['Ed25519'] })).toThrow(invalidError('csr_key_unsupported')));

  it('SHA-1, and a signature of another kind than the key', () => {
    const info = sequence(integer(0), sequence(), spkiOf(), explicit(0));
    const sha1 = sequence(oid('1.2.840.10045.4.1'));
    refused(sequence(info, sha1, bitString(sign('sha1', info, aKey()))), 'csr_signature_algorithm');
    refused(unsignedCsr(spkiOf(), 'ed25519'), 'csr_signature_algorithm');
  });
});

describe('weak RSA and Ed25519 keys', () => {
  const refused = (spki: Buffer, code: string) =>
    expect(() => readCsr(unsignedCsr(spki))).toThrow(invalidError(code));

  it('gets as far as the signature with a strong key', () =>
    refused(rsaSpki(strongModulus()), 'csr_signature_invalid'));

  it('refuses sizes under 2048 and over 4096 bits', () => {
    refused(rsaSpki((1n << 2046n) + 1n), 'csr_key_size');
    refused(rsaSpki((1n << 4096n) + 1n), 'csr_key_size');
  });

  it.each([1n, 3n, 17n, 65539n, 1n << 40n])('refuses the exponent %s', (exponent) =>
    refused(rsaSpki(strongModulus(), exponent), 'csr_key_exponent'),
  );

  it.each([2n, 3n, 751n])('refuses a modulus with the factor %s', (factor) => {
    const modulus = ((3n << 2046n) / factor) * factor;
    refused(rsaSpki(modulus), 'csr_key_small_factor');
  });

  it('refuses the ROCA fingerprint', () => refused(rsaSpki(rocaModulus()), 'csr_key_roca'));
  it('refuses close factors', () => refused(rsaSpki(closeFactorsModulus()), 'csr_key_close_factors'));
  it('refuses a square', () => refused(rsaSpki(squareModulus()), 'csr_key_close_factors'));

  it.each(['00'.repeat(32), `01${'00'.repeat(31)}`, `01${'00'.repeat(30)}80`, `ec${'ff'.repeat(30)}7f`])(
    'refuses the Ed25519 point %s of small order',
    (point) => {
      const spki = sequence(sequence(oid(OID.ed25519)), bitString(Buffer.from(point, 'hex')));
      expect(() => readCsr(unsignedCsr(spki, 'ed25519'))).toThrow(invalidError('csr_key_small_order'));
    },
  );
});
