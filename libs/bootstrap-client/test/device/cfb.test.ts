import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { aesCfb } from '../../src/device/cfb.js';

const KEYS = ['k'.repeat(16), 'k'.repeat(24), '12345678910111213141516171819202'];
const plain = Buffer.from('{"content":"'.padEnd(100, 'ü'));
const hex = (bytes: Buffer) => bytes.toString('hex');

/** What another implementation makes of a message: IV in front, raw bytes of the key. */
function openssl(direction: '-e' | '-d', key: string, iv: Buffer, input: Buffer): Buffer {
  const cipher = `-aes-${key.length * 8}-cfb`;
  const args = ['enc', cipher, direction, '-K', hex(Buffer.from(key)), '-iv', hex(iv)];
  return execFileSync('openssl', args, { input });
}

describe('AES-CFB', () => {
  it.each(KEYS)('with the key %s is what others read', (key) => {
    const message = aesCfb(new Secret(key)).encrypt(plain);
    expect(openssl('-d', key, message.subarray(0, 16), message.subarray(16))).toEqual(plain);
  });

  it.each(KEYS)('with the key %s reads what others write', (key) => {
    const iv = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const message = Buffer.concat([iv, openssl('-e', key, iv, plain)]);
    expect(aesCfb(new Secret(key)).decrypt(message)).toEqual(plain);
  });

  it('never uses an IV twice', () => {
    const cfb = aesCfb(new Secret(KEYS[0]!));
    expect(hex(cfb.encrypt(plain))).not.toBe(hex(cfb.encrypt(plain)));
  });

  it.each(['', 'short', 'k'.repeat(17), 'ü'.repeat(16 + 1)])('refuses the key %p', (key) =>
    expect(() => aesCfb(new Secret(key))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'invalid_encryption_key' }),
    ),
  );
});
