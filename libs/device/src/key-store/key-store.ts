import type { Secret } from '@org/domain';
import type { Signer } from '@org/x509';

/** Kinds of key that a device makes for itself. */
export const KEY_KINDS = ['P-256', 'RSA-2048', 'RSA-3072'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** A private key that can be used, wherever it lives. */
export interface StoredKey {
  /** Lower-case hex SHA-256 of the public key (SPKI, DER): what a code is bound to. */
  readonly fingerprint: string;
  readonly signer: Signer;
  /** PKCS#8 PEM, for TLS; undefined where the key never leaves its store. */
  readonly pem: Secret | undefined;
}

/**
 * Keeps at most two keys: the current one, which belongs to the installed certificate, and the next one, for which a
 * certificate is being asked. The certificate decides which is which: a key becomes the current one only when its
 * certificate is in place.
 *
 * All methods may be repeated after having been cut off at any point, and throw ProvisionError: `invalid`
 * (`key_exposed`, `key_unreadable`) beside what the store's medium may do.
 */
export interface KeyStore {
  current(): Promise<StoredKey | undefined>;
  next(): Promise<StoredKey | undefined>;
  /** The next key, made now unless there already is one of this kind. It is durable before this returns. */
  prepare(kind: KeyKind): Promise<StoredKey>;
  /**
   * Makes the next key the current one, and forgets the one before. Nothing happens when it already is.
   *
   * @param fingerprint of the key that is meant
   * @throws ProvisionError `not_found` (`key_missing`) when neither key is the one meant; nothing has changed then
   */
  promote(fingerprint: string): Promise<void>;
  /** Forgets the next key. */
  discardNext(): Promise<void>;
  /** Forgets every key. */
  destroy(): Promise<void>;
}

/** The key that a certificate belongs to, be it current or next; undefined when the store has neither. */
export async function findKey(
  store: Pick<KeyStore, 'current' | 'next'>,
  fingerprint: string,
): Promise<StoredKey | undefined> {
  const current = await store.current();
  if (current?.fingerprint === fingerprint) return current;
  const next = await store.next();
  return next?.fingerprint === fingerprint ? next : undefined;
}
