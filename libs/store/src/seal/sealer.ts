import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { ProvisionError } from '@org/domain';
import { deriveKey } from './derive-key.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps secrets unreadable at rest: AES-256-GCM, with a context that ties each text to its place, so that
 * a sealed value copied to another row does not open there.
 */
export class Sealer {
  readonly #encryption: Buffer;
  readonly #authentication: Buffer;

  /** @param key 32 random bytes */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError('the state key must have 32 bytes');
    this.#encryption = deriveKey(key, 'sealing');
    this.#authentication = deriveKey(key, 'fingerprints');
  }

  /** @returns base64 */
  seal(text: string, context: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#encryption, iv).setAAD(Buffer.from(context));
    const sealed = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64');
  }

  /** @throws ProvisionError `internal` when sealed with another key, elsewhere, or damaged */
  open(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#encryption, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(text).toString('utf8');
    } catch (cause) {
      const message = 'stored state cannot be opened: was it written with another state key?';
      throw new ProvisionError({ kind: 'internal', code: 'state_key_mismatch', message, cause });
    }
  }

  /** A keyed hash: equal texts can be found, and guessing them needs the key. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.#authentication).update(text).digest('base64url');
  }
}
