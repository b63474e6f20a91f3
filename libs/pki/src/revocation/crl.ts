import type { RevocationReason } from '@org/domain';
import type { Authority } from '../authority/authority.js';
import {
  authorityKeyIdentifier,
  enumerated,
  explicit,
  extension,
  integer,
  integerOf,
  OID,
  sequence,
  SIGNATURES,
  time,
} from '@org/x509/encoding';
import { signedStructure } from '../authority/certify.js';
import { REVOCATION_REASONS } from './reasons.js';
import type { RevokedEntry } from '../store/certificate-store.js';

export interface CrlOptions {
  readonly number: number;
  /** What `encodeRevoked` made of the revoked certificates. */
  readonly entries: readonly Buffer[];
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
}

/** A signed CRL, version 2, DER (RFC 5280 5.1). Also for a root, about its issuing authorities. */
export async function signCrl({ certificate, signer }: Authority, options: CrlOptions): Promise<Buffer> {
  const { number, entries, thisUpdate, nextUpdate } = options;
  const extensions = [
    authorityKeyIdentifier(certificate.subjectKeyId!),
    extension(OID.crlNumber, integer(number)),
  ];
  const toBeSigned = sequence(
    integer(1),
    SIGNATURES[signer.algorithm].identifier,
    certificate.subject,
    time(thisUpdate),
    time(nextUpdate),
    // RFC 5280 5.1.2.6: absent when nothing is revoked.
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    explicit(0, sequence(...extensions)),
  );
  return signedStructure(signer.algorithm, toBeSigned, await signer.sign(toBeSigned));
}

/** Any number of a list's entries, DER, one after the other. */
export const encodeRevoked = (entries: readonly RevokedEntry[]): Buffer =>
  Buffer.concat(
    entries.map(({ serial, at, reason }) =>
      sequence(integerOf(Buffer.from(serial, 'hex')), time(at), ...entryExtensions(reason)),
    ),
  );

/** RFC 5280 5.3.1: `unspecified` is said by saying nothing. */
const entryExtensions = (reason: RevocationReason): Buffer[] =>
  reason === 'unspecified'
    ? []
    : [sequence(extension(OID.reasonCode, enumerated(REVOCATION_REASONS[reason])))];
