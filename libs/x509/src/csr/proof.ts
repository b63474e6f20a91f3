import { constants, verify } from 'node:crypto';
import { algorithmName } from '../der/algorithm-names.js';
import { OID } from '../der/oids.js';
import { DerError, type DerReader } from '../der/read.js';
import { TAG } from '../der/tags.js';
import { invalid } from '@org/domain';
import type { DeviceKey } from '../keys/device-key.js';

type Family = 'EC' | 'RSA' | 'Ed25519';

interface Scheme {
  readonly key: Family;
  readonly digest: string | null;
}

/** No SHA-1 and nothing older. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  [OID.ecdsaSha256]: { key: 'EC', digest: 'sha256' },
  [OID.ecdsaSha384]: { key: 'EC', digest: 'sha384' },
  [OID.ecdsaSha512]: { key: 'EC', digest: 'sha512' },
  [OID.rsaSha256]: { key: 'RSA', digest: 'sha256' },
  [OID.rsaSha384]: { key: 'RSA', digest: 'sha384' },
  [OID.rsaSha512]: { key: 'RSA', digest: 'sha512' },
  [OID.ed25519]: { key: 'Ed25519', digest: null },
};

const WANTED: Readonly<Record<Family, string>> = {
  EC: 'ECDSA with SHA-256, SHA-384 or SHA-512',
  RSA: 'RSA PKCS#1 v1.5 (not PSS) with SHA-256, SHA-384 or SHA-512',
  Ed25519: 'Ed25519',
};

/**
 * Reads a signature's AlgorithmIdentifier and finds the scheme, which must go with the key.
 * @throws DerError; ProvisionError `csr_signature_algorithm`
 */
export function signatureScheme(algorithm: DerReader, key: DeviceKey): Scheme {
  const id = algorithm.oid();
  const scheme = SCHEMES[id];
  const family = key.algorithm === 'P-256' || key.algorithm === 'P-384' ? 'EC' : key.algorithm;
  if (scheme?.key !== family) {
    const found = `is signed with ${algorithmName(id)}`;
    throw invalid(
      'csr_signature_algorithm',
      `The request ${found}; with its ${key.algorithm} key it must be signed with ${WANTED[family]}.`,
      { details: { algorithm: id } },
    );
  }
  // RFC 4055 5 asks for a NULL with RSA, and for readers to accept its absence.
  if (family === 'RSA' && !algorithm.atEnd && algorithm.content(TAG.null).length > 0) {
    throw new DerError('the parameters of its signature algorithm are not empty');
  }
  algorithm.end();
  return scheme;
}

/**
 * Checks the signature over the request's content with the key inside it.
 * @throws ProvisionError `csr_key_malformed` (such as a point that is not on the curve), `csr_signature_invalid`
 */
export function checkProofOfPossession(options: {
  readonly info: Buffer;
  readonly publicKey: Buffer;
  readonly scheme: Scheme;
  readonly signature: Buffer;
}): void {
  const { info, publicKey, scheme, signature } = options;
  const key = { key: publicKey, format: 'der', type: 'spki', padding: constants.RSA_PKCS1_PADDING } as const;
  let proven: boolean;
  try {
    proven = withoutStackTraces(() => verify(scheme.digest, info, key, signature));
  } catch (cause) {
    throw invalid('csr_key_malformed', 'The public key in the request cannot be used.', { cause });
  }
  if (!proven) {
    throw invalid(
      'csr_signature_invalid',
      'The signature does not fit the request: it was made with another key than the one inside, or the request was changed.',
    );
  }
}

/**
 * To tell keys from options, Node's `verify` raises and drops two errors inside; their stack traces alone cost as much
 * as a P-256 signature.
 */
function withoutStackTraces<T>(run: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = before;
  }
}
