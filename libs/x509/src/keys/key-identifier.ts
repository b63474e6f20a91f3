import { DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import { sha256 } from '../digest.js';

/** The octets of the key itself inside an SPKI: what RFC 5280 and RFC 6960 take hashes of. */
export function keyBits(spki: Buffer): Buffer {
  const reader = new DerReader(spki).enter(TAG.sequence);
  reader.element(TAG.sequence);
  return reader.octetAlignedBits();
}

/** Subject key identifier: the first 160 bits of SHA-256 over the key's bits (RFC 7093 §2, method 1). */
export const keyIdentifier = (spki: Buffer): Buffer => sha256(keyBits(spki)).subarray(0, 20);
