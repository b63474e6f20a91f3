import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { exportPrivateKey, generateKey, keySigner, readPrivateKey } from '../../src/index.js';
import { aKey, KEY_KINDS } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';

const passphrase = new Secret('correct horse');
const wrong = new Secret('battery staple');

describe('generateKey', () => {
  it.each([
    ['P-256', 'ecdsa-sha256'],
    ['P-384', 'ecdsa-sha384'],
    ['RSA-3072', 'rsa-sha256'],
    ['Ed25519', 'ed25519'],
  ] as const)('makes a %s key that signs with %s', async (kind, algorithm) => {
    expect(keySigner(await generateKey(kind)).algorithm).toBe(algorithm);
  });
});

describe.each(KEY_KINDS)('a %s key', (kind) => {
  const key = aKey(kind);

  it('signs so that node verifies it', async () => {
    const { sign, publicKey, algorithm } = keySigner(key);
    const data = Buffer.from('something');
    const digest = {
      'ecdsa-sha256': 'sha256',
      'ecdsa-sha384': 'sha384',
      'rsa-sha256': 'sha256',
      ed25519: null,
    }[algorithm];
    const spki = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    expect(verify(digest, data, spki, await sign(data))).toBe(true);
  });

  it('is exported and read back, with a passphrase and without', () => {
    expect(readPrivateKey(exportPrivateKey(key)).equals(key)).toBe(true);
    const encrypted = exportPrivateKey(key, passphrase);
    expect(encrypted.reveal()).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    expect(readPrivateKey(encrypted, passphrase).equals(key)).toBe(true);
  });

  it('is refused with a wrong passphrase, and without any', () => {
    const encrypted = exportPrivateKey(key, passphrase);
    expect(() => readPrivateKey(encrypted, wrong)).toThrow(invalidError('key_passphrase_wrong'));
    expect(() => readPrivateKey(encrypted)).toThrow(invalidError('key_passphrase_required'));
  });

  it('is read as DER, in plaintext and encrypted', () => {
    const clear = key.export({ type: 'pkcs8', format: 'der' });
    const encrypted = key.export({
      type: 'pkcs8',
      format: 'der',
      cipher: 'aes-256-cbc',
      passphrase: passphrase.reveal(),
    });
    expect(readPrivateKey(clear).equals(key)).toBe(true);
    expect(readPrivateKey(encrypted, passphrase).equals(key)).toBe(true);
    expect(() => readPrivateKey(encrypted)).toThrow(invalidError('key_passphrase_required'));
    expect(() => readPrivateKey(encrypted, wrong)).toThrow(invalidError('key_passphrase_wrong'));
  });
});

describe('older forms of keys', () => {
  it.each([
    ['P-256', 'sec1'],
    ['P-384', 'sec1'],
    ['RSA-2048', 'pkcs1'],
  ] as const)('reads %s in %s', (kind, type) => {
    const key = aKey(kind);
    const cipher = { cipher: 'aes-256-cbc', passphrase: passphrase.reveal() };
    const encrypted = key.export({ type, format: 'pem', ...cipher }).toString();
    expect(readPrivateKey(key.export({ type, format: 'der' })).equals(key)).toBe(true);
    expect(encrypted).toContain('Proc-Type: 4,ENCRYPTED');
    expect(readPrivateKey(encrypted, passphrase).equals(key)).toBe(true);
    expect(() => readPrivateKey(encrypted)).toThrow(invalidError('key_passphrase_required'));
    expect(() => readPrivateKey(encrypted, wrong)).toThrow(invalidError('key_passphrase_wrong'));
  });

  it.each([
    ['text', 'not a key'],
    ['a public key', createPublicKey(aKey()).export({ type: 'spki', format: 'pem' }).toString()],
    ['broken DER', Buffer.of(0x30, 0x03, 0x02, 0x01)],
    ['other DER', Buffer.of(0x30, 0x03, 0x02, 0x01, 0x00)],
  ])('refuses %s', (_, input) => expect(() => readPrivateKey(input)).toThrow(invalidError('key_malformed')));
});

describe('keySigner', () => {
  it.each([
    [
      'a curve that authorities do not use',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
    ],
    ['a short RSA key', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['a public key', createPublicKey(aKey())],
  ])('refuses %s', (_, key) => expect(() => keySigner(key)).toThrow(invalidError('key_unsupported')));
});

it('shows no key and no passphrase', () => {
  const exported = exportPrivateKey(aKey());
  const body = createPrivateKey(exported.reveal())
    .export({ type: 'pkcs8', format: 'der' })
    .toString('base64')
    .slice(0, 40);
  expect(inspect({ exported, signer: keySigner(aKey()) }, { depth: 5 })).not.toContain(body);
  try {
    readPrivateKey(exportPrivateKey(aKey(), passphrase), wrong);
  } catch (error) {
    expect(inspect(error, { depth: 5 })).not.toContain(wrong.reveal());
  }
  expect.assertions(2);
});
