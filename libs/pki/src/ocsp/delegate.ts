import type { Authority } from '../authority/authority.js';
import {
  authorityKeyIdentifier,
  encodeName,
  endEntity,
  extendedKeyUsage,
  extension,
  KEY_USAGE,
  keyIdentifier,
  keyUsage,
  nullValue,
  OID,
  subjectKeyIdentifier,
} from '@org/x509/encoding';
import { invalid } from '@org/domain';
import type { DistinguishedName, Signer } from '@org/x509';
import { certify } from '../authority/certify.js';
import type { OcspSource } from './responder.js';

export interface OcspDelegateOptions {
  readonly subject: DistinguishedName;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Keep it short: no one asks whether a responder's certificate is revoked. Default 30 days. */
  readonly lifetimeMs?: number;
}

const DAY_MS = 24 * 3600e3;

/**
 * Lets another key answer for an authority (RFC 6960 4.2.2.2), so that the authority's own need not be where the
 * responder is.
 *
 * @throws ProvisionError invalid `authority_expired`, `name_part_malformed`
 */
export async function createOcspDelegate(
  authority: Authority,
  signer: Signer,
  { subject, now, lifetimeMs = 30 * DAY_MS }: OcspDelegateOptions,
): Promise<OcspSource> {
  const issuer = authority.certificate;
  if (now > issuer.notAfter)
    throw invalid('authority_expired', 'The certificate of the authority has expired.');
  const certificate = await certify({
    signer: authority.signer,
    issuer: issuer.subject,
    subject: encodeName(subject),
    publicKey: signer.publicKey,
    notBefore: Math.max(now - 60e3, issuer.notBefore),
    notAfter: Math.min(now + lifetimeMs, issuer.notAfter),
    extensions: [
      endEntity(),
      keyUsage(KEY_USAGE.digitalSignature),
      extendedKeyUsage(OID.ocspSigning),
      extension(OID.ocspNoCheck, nullValue()),
      subjectKeyIdentifier(keyIdentifier(signer.publicKey)),
      authorityKeyIdentifier(issuer.subjectKeyId!),
    ],
  });
  return { issuer, signer: { signer, certificate } };
}
