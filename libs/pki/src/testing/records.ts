import { fingerprint } from '@org/x509';
import type { IssuanceIntent, SignedCertificate } from '../store/certificate-store.js';

/** 2026-01-01; the contract needs no clock. */
export const START = Date.UTC(2026, 0, 1);
export const DAY_MS = 24 * 3600e3;
export const ISSUER = 'a'.repeat(40);

let count = 0;

/** An intent as a store sees it: what is inside `tbs` and certificate is no concern of a store's. */
export function anIntent(values: Partial<IssuanceIntent> = {}): IssuanceIntent {
  count += 1;
  const serial = `01${count.toString(16).padStart(32, '0')}`;
  return {
    serial,
    issuerId: ISSUER,
    profile: 'device',
    machineId: 'machine-1',
    keyFingerprint: fingerprint(Buffer.from(`key of ${serial}`)),
    notBefore: START,
    notAfter: START + 90 * DAY_MS,
    tbs: Buffer.from(`to be signed: ${serial}`),
    recordedAt: START,
    ...values,
  };
}

export function signedOf({ serial, recordedAt }: IssuanceIntent): SignedCertificate {
  const certificate = Buffer.from(`certificate ${serial}`);
  return { serial, certificate, fingerprint: fingerprint(certificate), at: recordedAt + 1 };
}
