import { fingerprint } from '@org/x509';
import { revocationContent, type LogEvent } from '../log/issuance-log.js';
import type { IssuanceIntent, Revocation, SignedCertificate } from './certificate-store.js';

/** What each kind of change is in the issuance log; stores use these, so that all of them log alike. */
export const logEvent = {
  intended: ({ recordedAt: at, serial, tbs }: IssuanceIntent): LogEvent => ({
    at,
    kind: 'intended',
    serial,
    contentHash: fingerprint(tbs),
  }),
  signed: ({ at, serial, fingerprint: contentHash }: SignedCertificate): LogEvent => ({
    at,
    kind: 'signed',
    serial,
    contentHash,
  }),
  unsigned: (serial: string, at: number): LogEvent => ({
    at,
    kind: 'unsigned',
    serial,
    contentHash: fingerprint(Buffer.alloc(0)),
  }),
  revoked: ({ at, serial, reason }: Revocation): LogEvent => ({
    at,
    kind: 'revoked',
    serial,
    contentHash: fingerprint(revocationContent({ at, reason })),
  }),
};
