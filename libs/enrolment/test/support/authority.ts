import { generateKeyPairSync } from 'node:crypto';
import {
  type Authority,
  DeviceProfile,
  type IssuingAuthority,
  type TrustAnchors,
  createIssuingAuthority,
  createRoot,
  trustAnchors,
} from '@org/pki';
import { type Signer, createCsr, keySigner } from '@org/x509';
import { START } from './clock.js';

export const DAY_MS = 86_400_000;

export type KeyKind = 'P-256' | 'P-384' | 'Ed25519' | 'RSA';

/** A new key; RSA ones are slow to make, and so made once. */
export function aSigner(kind: KeyKind = 'P-256'): Signer {
  if (kind === 'Ed25519') return keySigner(generateKeyPairSync('ed25519').privateKey);
  if (kind === 'RSA')
    return (rsa ??= keySigner(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey));
  return keySigner(generateKeyPairSync('ec', { namedCurve: kind }).privateKey);
}
let rsa: Signer | undefined;

export const aCsr = (signer: Signer, commonName?: string): Promise<Buffer> =>
  createCsr(signer, { subject: commonName === undefined ? {} : { commonName } });

export interface TestAuthority {
  readonly root: Authority;
  readonly authority: IssuingAuthority;
  readonly anchors: TrustAnchors;
}

let made: Promise<TestAuthority> | undefined;

/** A root and an issuing authority below it; made once. */
export const anAuthority = (): Promise<TestAuthority> => (made ??= makeAuthority());

async function makeAuthority(): Promise<TestAuthority> {
  const terms = { now: START - DAY_MS, lifetimeMs: 3_650 * DAY_MS };
  const root = await createRoot(aSigner(), { ...terms, subject: { commonName: 'Root' } });
  const authority = await createIssuingAuthority(root, aSigner(), {
    ...terms,
    subject: { commonName: 'Issuing' },
  });
  return { root, authority, anchors: trustAnchors([authority.certificate, root.certificate]) };
}

export const profile = new DeviceProfile({ name: 'device', lifetimeMs: 90 * DAY_MS });
