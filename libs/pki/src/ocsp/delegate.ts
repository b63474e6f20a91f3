import type { Authority } from '../authority/authority.js';
import { OID } from '../der/oids.js';
import { nullValue } from '../der/write.js';
import { invalid } from '../errors.js';
import { keyIdentifier } from '../keys/key-identifier.js';
import type { Signer } from '../keys/signer.js';
import { certify } from '../x509/certify.js';
import { encodeName, type DistinguishedName } from '../x509/distinguished-name.js';
import {
  authorityKeyIdentifier,
  endEntity,
  extendedKeyUsage,
  extension,
  KEY_USAGE,
  keyUsage,
  subjectKeyIdentifier,
} from '../x509/extensions.js';
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
