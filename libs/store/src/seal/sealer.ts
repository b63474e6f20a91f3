import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProvisionError } from '@org/domain';
import { deriveKey } from './derive-key.js';

/** What a column holds. */
export type Field = string | number | null;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps secrets unreadable at rest: AES-256-GCM, with a context that ties each text to its place, so that
 * a sealed value copied to another row does not open there.
 */
export class Sealer {
  readonly #encryption: Buffer;
  readonly #authentication: Buffer;
  readonly #rows: Buffer;

  /** @param key 32 random bytes */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError('the state key must have 32 bytes');
    this.#encryption = deriveKey(key, 'sealing');
    this.#authentication = deriveKey(key, 'fingerprints');
    this.#rows = deriveKey(key, 'rows');
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
      throw notOurs(cause);
    }
  }

  /**
   * What ties the fields of a row to each other (HMAC-SHA-256): none can be changed by hand, or copied from another row.
   * A whole row can still be replaced by what the same row said earlier.
   *
   * @returns 43 characters of base64url
   */
  mac(table: string, fields: readonly Field[]): string {
    return createHmac('sha256', this.#rows)
      .update(JSON.stringify([table, ...fields]))
      .digest('base64url');
  }

  /** @throws ProvisionError `internal` unless `mac` is that of these fields */
  assertMac(mac: string, table: string, fields: readonly Field[]): void {
    const [given, right] = [mac, this.mac(table, fields)].map((text) => Buffer.from(text));
    if (given!.length !== right!.length || !timingSafeEqual(given!, right!)) throw notOurs();
  }

  /** A keyed hash: equal texts can be found, and guessing them needs the key. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.#authentication).update(text).digest('base64url');
  }
}

const notOurs = (cause?: unknown): ProvisionError =>
  new ProvisionError({
    kind: 'internal',
    code: 'state_key_mismatch',
    message: 'stored state cannot be opened: it was written with another state key, or changed by hand',
    cause,
  });
