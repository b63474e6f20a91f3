import { createPublicKey, type KeyObject } from 'node:crypto';
import { invalid } from '@org/domain';
import { signatureAlgorithmOf, signWith, verifyWith, type SignatureAlgorithm } from './algorithm.js';

/** A key that can sign, wherever it lives: in this process, in a file of the store, in a device of its own. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /**
   * Signs `data` as it is (the signer makes the digest).
   * @returns the signature as X.509 carries it: DER `Ecdsa-Sig-Value` for ECDSA, the bare octets for the others
   */
  sign(data: Buffer): Promise<Buffer> | Buffer;
}

/**
 * A signer for a private key in memory: P-256, P-384, RSA (2048 bits and more, PKCS#1 v1.5) or Ed25519.
 * @throws ProvisionError `key_unsupported`
 */
export function keySigner(key: KeyObject): Signer {
  const algorithm = key.type === 'private' ? signatureAlgorithmOf(key) : undefined;
  if (algorithm === undefined) {
    throw invalid('key_unsupported', 'An authority signs with a private key: P-256, P-384, RSA or Ed25519.');
  }
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { algorithm, publicKey, sign: (data) => signWith(key, algorithm, data) };
}

/** Has the signer sign something and checks it: a key in a device may not be the one that it says. */
export async function signerWorks(signer: Signer): Promise<boolean> {
  const data = Buffer.from('a signer says that it works');
  const { algorithm, publicKey } = signer;
  return verifyWith({ publicKey, algorithm, data, signature: await signer.sign(data) });
}
