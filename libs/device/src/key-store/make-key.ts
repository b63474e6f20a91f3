import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { type Secret } from '@org/domain';
import { exportPrivateKey, fingerprint, keySigner } from '@org/x509';
import type { KeyKind, StoredKey } from './key-store.js';

const generate = promisify(generateKeyPair);

/** A new private key from the system's random source. */
export async function makeKey(kind: KeyKind): Promise<KeyObject> {
  if (kind === 'P-256') return (await generate('ec', { namedCurve: kind })).privateKey;
  // Public exponent 65537, Node's default.
  return (await generate('rsa', { modulusLength: Number(kind.slice('RSA-'.length)) })).privateKey;
}

export const isOfKind = (key: KeyObject, kind: KeyKind): boolean => {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (kind === 'P-256') return namedCurve === 'prime256v1';
  return key.asymmetricKeyType === 'rsa' && `RSA-${modulusLength}` === kind;
};

/**
 * A private key in memory as a stored one.
 *
 * @throws ProvisionError `key_unsupported`
 */
export function storedKey(key: KeyObject, pem: Secret = exportPrivateKey(key)): StoredKey {
  const signer = keySigner(key);
  return { fingerprint: fingerprint(signer.publicKey), signer, pem };
}
