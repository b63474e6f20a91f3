import { createHmac } from 'node:crypto';

/** What a hash is of: equal texts of different purposes have different hashes. */
type Purpose = 'code' | 'polling secret' | 'ticket' | 'operator' | 'address';

const MIN_KEY_BYTES = 32;

/**
 * HMAC-SHA-256 with a key of the service, so that a reader of the store can neither use what is in it nor
 * try all codes against it.
 */
export class KeyedHash {
  readonly #key: Uint8Array;

  /** @throws RangeError for a key under 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length < MIN_KEY_BYTES)
      throw new RangeError(`the code hash key must have at least ${MIN_KEY_BYTES} bytes`);
    this.#key = key;
  }

  /** @returns 43 characters of base64url */
  of(purpose: Purpose, text: string): string {
    return createHmac('sha256', this.#key).update(`provision ${purpose}\0${text}`).digest('base64url');
  }
}
