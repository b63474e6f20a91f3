import { KeyObject, webcrypto } from 'node:crypto';

export type KeyKind = 'rsa' | 'ec';

type CryptoKeyPair = webcrypto.CryptoKeyPair;

const ALGORITHMS = {
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  ec: { name: 'ECDSA', namedCurve: 'P-256' },
} as const;

/** RSA with 2048 bits, as Magistrala's own role asks for, or P-256. */
export function makeKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHMS[kind], true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

/** In the older PEM forms that OpenBao uses: `RSA PRIVATE KEY` and `EC PRIVATE KEY`. */
export function privateKeyPem(key: webcrypto.CryptoKey, kind: KeyKind): string {
  const type = kind === 'rsa' ? 'pkcs1' : 'sec1';
  return KeyObject.from(key).export({ type, format: 'pem' }).toString().trimEnd();
}
