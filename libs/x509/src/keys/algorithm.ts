import { constants, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { OID } from '../der/oids.js';
import { nullValue, oid, sequence } from '../der/write.js';

/** Kinds of key that an authority can be created with. */
export type AuthorityKeyAlgorithm = 'P-256' | 'P-384' | 'RSA-3072' | 'Ed25519';

/** Signatures that this authority makes, and accepts in certificates. */
export type SignatureAlgorithm = 'ecdsa-sha256' | 'ecdsa-sha384' | 'rsa-sha256' | 'ed25519';

interface Parameters {
  readonly oid: string;
  readonly digest: 'sha256' | 'sha384' | null;
  /** DER of the AlgorithmIdentifier: RSA has a NULL (RFC 8017 A.2.4), the others nothing (RFC 5758 3.2, RFC 8410 3). */
  readonly identifier: Buffer;
}

export const SIGNATURES: Readonly<Record<SignatureAlgorithm, Parameters>> = {
  'ecdsa-sha256': { oid: OID.ecdsaSha256, digest: 'sha256', identifier: sequence(oid(OID.ecdsaSha256)) },
  'ecdsa-sha384': { oid: OID.ecdsaSha384, digest: 'sha384', identifier: sequence(oid(OID.ecdsaSha384)) },
  'rsa-sha256': {
    oid: OID.rsaSha256,
    digest: 'sha256',
    identifier: sequence(oid(OID.rsaSha256), nullValue()),
  },
  ed25519: { oid: OID.ed25519, digest: null, identifier: sequence(oid(OID.ed25519)) },
};

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/** The signature that goes with a key; undefined for kinds of key that an authority does not use. */
export function signatureAlgorithmOf(key: KeyObject): SignatureAlgorithm | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ec':
      return namedCurve === 'prime256v1'
        ? 'ecdsa-sha256'
        : namedCurve === 'secp384r1'
          ? 'ecdsa-sha384'
          : undefined;
    case 'rsa':
      return modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS ? 'rsa-sha256' : undefined;
    case 'ed25519':
      return 'ed25519';
    default:
      return undefined;
  }
}

const padded = (key: KeyObject) => ({ key, padding: constants.RSA_PKCS1_PADDING });

export function signWith(
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
): Buffer | Promise<Buffer> {
  const { digest } = SIGNATURES[algorithm];
  if (algorithm !== 'rsa-sha256') return sign(digest, data, key);
  // A millisecond and more: off the event loop.
  return new Promise((resolve, reject) => {
    sign(digest, data, padded(key), (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** @param publicKey SPKI DER */
export function verifyWith(options: {
  readonly publicKey: Buffer;
  readonly algorithm: SignatureAlgorithm;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const key = createPublicKey({ key: options.publicKey, format: 'der', type: 'spki' });
  const { digest } = SIGNATURES[options.algorithm];
  return verify(
    digest,
    options.data,
    options.algorithm === 'rsa-sha256' ? padded(key) : key,
    options.signature,
  );
}
