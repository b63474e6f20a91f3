import { OID } from '../der/oids.js';
import { DerError, DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import { invalid } from '../errors.js';

/** Kinds of key that a device may have. */
export type DeviceKeyAlgorithm = 'P-256' | 'P-384' | 'RSA' | 'Ed25519';

/** A public key as its SPKI says it; nothing is known yet about its being a good one. */
export type DeviceKey =
  | { readonly algorithm: 'P-256' | 'P-384' | 'Ed25519'; readonly bits: number; readonly point: Buffer }
  | { readonly algorithm: 'RSA'; readonly bits: number; readonly modulus: Buffer; readonly exponent: Buffer };

const CURVES: Readonly<Record<string, { readonly algorithm: 'P-256' | 'P-384'; readonly bits: number }>> = {
  [OID.p256]: { algorithm: 'P-256', bits: 256 },
  [OID.p384]: { algorithm: 'P-384', bits: 384 },
};

/**
 * Reads a SubjectPublicKeyInfo.
 * @throws DerError; ProvisionError `csr_key_unsupported`
 */
export function readDeviceKey(spki: Buffer): DeviceKey {
  const info = new DerReader(spki).enter(TAG.sequence);
  const algorithm = info.enter(TAG.sequence);
  const type = algorithm.oid();
  const curve = type === OID.ecPublicKey && algorithm.nextTag === TAG.oid ? algorithm.oid() : undefined;
  // RFC 3279 2.3.1 wants a NULL for RSA, RFC 8410 nothing for Ed25519.
  if (type === OID.rsaEncryption && algorithm.content(TAG.null).length > 0)
    throw new DerError('NULL with content');
  if (type === OID.rsaEncryption || type === OID.ed25519 || curve !== undefined) algorithm.end();
  const key = info.octetAlignedBits();
  info.end();
  if (type === OID.rsaEncryption) return readRsa(key);
  if (type === OID.ed25519 && key.length === 32) return { algorithm: 'Ed25519', bits: 256, point: key };
  const named = curve === undefined ? undefined : CURVES[curve];
  if (named && key[0] === 4 && key.length === 1 + named.bits / 4) return { ...named, point: key };
  throw invalid(
    'csr_key_unsupported',
    'The key must be P-256, P-384 (uncompressed, named curve), Ed25519 or RSA.',
  );
}

function readRsa(bits: Buffer): DeviceKey {
  const outer = new DerReader(bits);
  const reader = outer.enter(TAG.sequence);
  outer.end();
  const modulus = unsigned(reader.integer());
  const exponent = unsigned(reader.integer());
  reader.end();
  return { algorithm: 'RSA', bits: modulus.length * 8 - Math.clz32(modulus[0]!) + 24, modulus, exponent };
}

function unsigned(octets: Buffer): Buffer {
  if (octets[0]! >= 0x80) throw new DerError('negative number in an RSA key');
  return octets[0] === 0 && octets.length > 1 ? octets.subarray(1) : octets;
}
