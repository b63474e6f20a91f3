import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export const KEY_KINDS = ['P-256', 'P-384', 'RSA-2048', 'RSA-3072', 'Ed25519'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

const made = new Map<string, KeyObject>();

/** A private key, made at its first use and kept for the file's other tests. @param n for a second one of a kind */
export function aKey(kind: KeyKind = 'P-256', n = 0): KeyObject {
  const name = `${kind} ${n}`;
  const key = made.get(name) ?? generate(kind);
  made.set(name, key);
  return key;
}

function generate(kind: KeyKind): KeyObject {
  if (kind === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'P-256' || kind === 'P-384') return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) }).privateKey;
}
