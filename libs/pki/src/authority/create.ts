import { invalid } from '@org/domain';
import {
  authorityKeyIdentifier,
  certificateAuthority,
  encodeName,
  KEY_USAGE,
  keyIdentifier,
  keyUsage,
  revocationAddresses,
  subjectKeyIdentifier,
} from '@org/x509/encoding';
import type { DistinguishedName, ParsedCertificate, RevocationAddresses, Signer } from '@org/x509';
import { certify } from './certify.js';
import type { Authority, IssuingAuthority } from './authority.js';

export interface AuthorityTerms {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From now to notAfter, in milliseconds; cut off at the parent's notAfter. */
  readonly lifetimeMs: number;
  /** Where to ask about revocation of this certificate. Default: none. */
  readonly addresses?: RevocationAddresses;
}

export interface NewAuthority extends AuthorityTerms {
  readonly subject: DistinguishedName;
  /** How many authorities may follow below. Default 0; of a root: any number, so that it can cross-sign its successor. */
  readonly pathLength?: number;
}

/** As certificates of devices: on the first day, too, a slow clock is to accept them. */
const BACKDATE_MS = 3600e3;

/**
 * A self-signed root for the signer's key.
 * @throws ProvisionError `name_part_malformed`, `authority_subject_empty`
 */
export async function createRoot(signer: Signer, options: NewAuthority): Promise<Authority> {
  const { publicKey } = signer;
  const subject = nameOf(options.subject);
  const content = {
    subject,
    publicKey,
    subjectKeyId: keyIdentifier(publicKey),
    pathLength: options.pathLength,
  };
  return { signer, certificate: await certifyAuthority({ signer, subject }, content, options) };
}

/** An issuing authority for the signer's key, directly below a root whose key is at hand. */
export async function createIssuingAuthority(
  root: Authority,
  signer: Signer,
  options: NewAuthority,
): Promise<IssuingAuthority> {
  const certificate = await certifyAuthorityKey(root, signer.publicKey, options);
  return { signer, certificate, chain: [root.certificate] };
}

/**
 * Certifies another authority's public key (SPKI, DER), as from the CSR of an issuing authority whose root is offline.
 *
 * @throws ProvisionError `name_part_malformed`, `authority_subject_empty`, `authority_path_length`, `authority_expired`
 */
export async function certifyAuthorityKey(
  parent: Authority,
  publicKey: Buffer,
  { subject, pathLength = 0, ...terms }: NewAuthority,
): Promise<ParsedCertificate> {
  const content = { subject: nameOf(subject), publicKey, subjectKeyId: keyIdentifier(publicKey), pathLength };
  return certifyAuthority(issuerOf(parent), content, terms);
}

/**
 * Certifies an existing authority a second time, under another parent: the same name, key and key
 * identifier, so that a verifier that trusts the parent also accepts what that authority has issued (RFC 5280 3.2).
 *
 * @throws ProvisionError as `certifyAuthorityKey`
 */
export async function crossSign(
  parent: Authority,
  other: ParsedCertificate,
  terms: AuthorityTerms,
): Promise<ParsedCertificate> {
  const { subject, publicKey, subjectKeyId = keyIdentifier(publicKey), notAfter } = other;
  const left = parent.certificate.pathLength;
  const pathLength = left === undefined ? other.pathLength : Math.min(other.pathLength ?? Infinity, left - 1);
  const content = { subject, publicKey, subjectKeyId, pathLength };
  const lifetimeMs = Math.min(terms.lifetimeMs, notAfter - terms.now);
  return certifyAuthority(issuerOf(parent), content, { ...terms, lifetimeMs });
}

interface AuthorityContent {
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  readonly subjectKeyId: Buffer;
  readonly pathLength: number | undefined;
}

interface ParentIssuer {
  readonly signer: Signer;
  readonly subject: Buffer;
  /** Undefined for a root, which is its own parent. */
  readonly certificate?: ParsedCertificate;
}

const issuerOf = ({ signer, certificate }: Authority): ParentIssuer => ({
  signer,
  subject: certificate.subject,
  certificate,
});

async function certifyAuthority(
  { signer, subject: issuer, certificate: parent }: ParentIssuer,
  { subject, publicKey, subjectKeyId, pathLength }: AuthorityContent,
  { now, lifetimeMs, addresses = {} }: AuthorityTerms,
): Promise<ParsedCertificate> {
  const notBefore = Math.max(now - BACKDATE_MS, parent?.notBefore ?? 0);
  const notAfter = Math.min(now + lifetimeMs, parent?.notAfter ?? Infinity);
  if (notAfter <= now)
    throw invalid('authority_expired', 'The parent authority, or the lifetime asked for, is over.');
  const tooLong = parent?.pathLength !== undefined && parent.pathLength < 1 + (pathLength ?? Infinity);
  if (tooLong || (pathLength ?? 0) < 0) {
    throw invalid(
      'authority_path_length',
      'The path length of the parent authority does not allow this one below it.',
      {
        details: { parent: parent?.pathLength ?? null },
      },
    );
  }
  const extensions = [
    certificateAuthority(pathLength),
    keyUsage(KEY_USAGE.digitalSignature, KEY_USAGE.keyCertSign, KEY_USAGE.crlSign),
    subjectKeyIdentifier(subjectKeyId),
    ...(parent?.subjectKeyId ? [authorityKeyIdentifier(parent.subjectKeyId)] : []),
    ...revocationAddresses(addresses),
  ];
  return certify({ signer, issuer, subject, publicKey, notBefore, notAfter, extensions });
}

function nameOf(name: DistinguishedName): Buffer {
  const encoded = encodeName(name);
  // RFC 5280 4.1.2.6: an authority's subject is never empty.
  if (encoded.length > 2) return encoded;
  throw invalid('authority_subject_empty', 'An authority needs a name.');
}
