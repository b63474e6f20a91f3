import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { internal } from '../http/refusal.js';

const IV_BYTES = 16;

/** AES in CFB mode with 128-bit segments; the key's length picks the variant (Magistrala wire §4.6). */
function algorithm(key: Buffer): string {
  if (![16, 24, 32].includes(key.length)) throw internal('encryption key has a wrong length');
  return `aes-${key.length * 8}-cfb`;
}

/** `IV ‖ ciphertext`, the answer of the secure device endpoint. */
export function encrypt(key: Buffer, plain: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(algorithm(key), key, iv);
  return Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final()]);
}

/**
 * Reads `hex(IV ‖ ciphertext)`.
 *
 * @returns undefined for what is not hex, or when the service's key is unusable; an empty text for under 16 bytes,
 *   which then fails as a wrong key does.
 */
export function decrypt(key: Buffer, hex: string): string | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex) || ![16, 24, 32].includes(key.length))
    return undefined;
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length < IV_BYTES) return '';
  const decipher = createDecipheriv(algorithm(key), key, bytes.subarray(0, IV_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]).toString('utf8');
}
