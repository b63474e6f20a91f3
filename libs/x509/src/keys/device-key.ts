import { invalid, type JsonObject } from '@org/domain';
import { algorithmName } from '../der/algorithm-names.js';
import { OID } from '../der/oids.js';
import { DerError, DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';

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
  const key = info.octetAlignedBits();
  info.end();
  const type = algorithm.oid();
  switch (type) {
    case OID.rsaEncryption:
      return readRsa(algorithm, key);
    case OID.ed25519:
      return readEd25519(algorithm, key);
    case OID.ecPublicKey:
      return readEc(algorithm, key);
    default:
      throw unsupported(`is of the kind ${algorithmName(type)}`, { algorithm: type });
  }
}

/** RFC 8410 3: no parameters. */
function readEd25519(algorithm: DerReader, point: Buffer): DeviceKey {
  algorithm.end();
  if (point.length !== 32) throw new DerError('its Ed25519 key does not have 32 octets');
  return { algorithm: 'Ed25519', bits: 256, point };
}

function readEc(algorithm: DerReader, point: Buffer): DeviceKey {
  if (algorithm.nextTag !== TAG.oid)
    throw unsupported('has explicit curve parameters instead of a named curve');
  const curve = algorithm.oid();
  algorithm.end();
  const named = CURVES[curve];
  if (!named) throw unsupported(`is on the curve ${algorithmName(curve)}`, { algorithm: curve });
  if (point[0] === 2 || point[0] === 3) throw unsupported('is a compressed point');
  if (point[0] === 4 && point.length === 1 + named.bits / 4) return { ...named, point };
  throw new DerError(`its ${named.algorithm} key is no point of that curve`);
}

const unsupported = (what: string, details?: JsonObject) =>
  invalid(
    'csr_key_unsupported',
    `The key ${what}; it must be P-256 or P-384 (named curve, uncompressed), Ed25519 or RSA (rsaEncryption).`,
    { details },
  );

function readRsa(algorithm: DerReader, bits: Buffer): DeviceKey {
  // RFC 3279 2.3.1 wants a NULL, and the certificate takes the key as it is written.
  if (algorithm.optional(TAG.null)?.content.length !== 0)
    throw new DerError('its RSA key lacks the NULL that belongs there (RFC 3279 2.3.1)');
  algorithm.end();
  const outer = new DerReader(bits);
  const reader = outer.enter(TAG.sequence);
  outer.end();
  const modulus = unsigned(reader.integer());
  const exponent = unsigned(reader.integer());
  reader.end();
  return { algorithm: 'RSA', bits: modulus.length * 8 - Math.clz32(modulus[0]!) + 24, modulus, exponent };
}

function unsigned(octets: Buffer): Buffer {
  if (octets[0]! >= 0x80) throw new DerError('a number in its RSA key is negative');
  return octets[0] === 0 && octets.length > 1 ? octets.subarray(1) : octets;
}
