import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ProvisionError, type Secret } from '@org/domain';

const IV_BYTES = 16;

/**
 * What the secure endpoint encrypts with: AES-CFB with 128-bit segments, a random IV in front, no padding, and
 * nothing that shows a change (Magistrala wire §4.6).
 */
interface Cfb {
  encrypt(plain: Buffer): Buffer;
  /** @throws RangeError when there is not even an IV */
  decrypt(message: Buffer): Buffer;
}

/**
 * @param key its UTF-8 bytes are the key: 16, 24 or 32.
 * @throws ProvisionError `invalid` (`invalid_encryption_key`)
 */
export function aesCfb(key: Secret): Cfb {
  const bytes = Buffer.from(key.reveal(), 'utf8');
  if (![16, 24, 32].includes(bytes.length)) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'invalid_encryption_key',
      message: 'the encryption key of the bootstrap service must have 16, 24 or 32 bytes',
    });
  }
  const algorithm = `aes-${bytes.length * 8}-cfb`;
  return {
    encrypt: (plain) => {
      const iv = randomBytes(IV_BYTES);
      return Buffer.concat([iv, createCipheriv(algorithm, bytes, iv).update(plain)]);
    },
    decrypt: (message) => {
      if (message.length < IV_BYTES) throw new RangeError('shorter than an IV');
      const iv = message.subarray(0, IV_BYTES);
      return createDecipheriv(algorithm, bytes, iv).update(message.subarray(IV_BYTES));
    },
  };
}
