import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/** A key of its own for each purpose (HKDF-SHA-256, RFC 5869), so that none says anything about another. */
export const deriveKey = (stateKey: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', stateKey, '', `provision ${purpose}`, KEY_BYTES));
