import { invalid, type ProvisionError } from '@org/domain';
import { algorithmName } from './der/algorithm-names.js';
import { OID } from './der/oids.js';
import { KEY_USAGE } from './certificate/extensions.js';
import type { ParsedCertificate } from './certificate/certificate.js';

export interface ChainOptions {
  readonly leaf: ParsedCertificate;
  /** In any order; what does not belong to the chain does no harm. */
  readonly intermediates: readonly ParsedCertificate[];
  /** The certificates that are trusted. */
  readonly roots: readonly ParsedCertificate[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What the leaf must be good for; default: anything. */
  readonly purpose?: 'clientAuth' | 'serverAuth' | 'ocspSigning';
}

/** Longest chain, leaf and root included, and how many signatures are checked at most on the way to one. */
const MAX_LENGTH = 8;
const MAX_SIGNATURES = 64;

/** Signatures that are still good; no SHA-1, no MD5. */
const GOOD_SIGNATURES: ReadonlySet<string> = new Set([
  OID.ecdsaSha256,
  OID.ecdsaSha384,
  OID.ecdsaSha512,
  OID.rsaSha256,
  OID.rsaSha384,
  OID.rsaSha512,
  OID.ed25519,
]);

/** Critical extensions whose meaning is looked after here, or belongs to the leaf's user (RFC 5280 4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAltName,
  OID.certificatePolicies,
]);

/**
 * Finds a chain from a certificate to a trusted one and checks it (RFC 5280 6.1, without policies and name constraints;
 * a certificate with critical name constraints is refused). Revocation is not asked about.
 *
 * @returns the chain, leaf first, root last
 * @throws ProvisionError of kind `invalid`: `chain_incomplete`, `certificate_expired`, `certificate_not_yet_valid`,
 * `certificate_purpose`, `certificate_critical_extension`, `certificate_signature_algorithm`, `chain_signature`,
 * `chain_not_authority`, `chain_path_length`
 */
export function verifyChain(options: ChainOptions): ParsedCertificate[] {
  const fault = certificateFault(options.leaf, options.at) ?? purposeFault(options.leaf, options.purpose);
  if (fault) throw fault;
  const search: Search = { ...options, signaturesLeft: MAX_SIGNATURES, firstFault: undefined };
  const chain = extend([options.leaf], search);
  if (chain) return chain;
  throw (
    search.firstFault ?? invalid('chain_incomplete', 'No chain leads from this certificate to a trusted one.')
  );
}

interface Search extends ChainOptions {
  signaturesLeft: number;
  /** Why the first way that looked good did not lead to the end: the best explanation there is. */
  firstFault: ProvisionError | undefined;
}

function extend(chain: readonly ParsedCertificate[], search: Search): ParsedCertificate[] | undefined {
  const last = chain.at(-1)!;
  if (search.roots.some(({ fingerprint }) => fingerprint === last.fingerprint)) return [...chain];
  if (chain.length === MAX_LENGTH) return undefined;
  for (const candidate of [...search.roots, ...search.intermediates]) {
    if (!names(last, candidate) || chain.some(({ fingerprint }) => fingerprint === candidate.fingerprint))
      continue;
    if (search.signaturesLeft-- <= 0) return undefined;
    const fault = issuerFault(chain, candidate, search.at);
    search.firstFault ??= fault;
    const found = fault ? undefined : extend([...chain, candidate], search);
    if (found) return found;
  }
  return undefined;
}

/** Whether `certificate` says that `candidate` is its issuer. */
function names(certificate: ParsedCertificate, candidate: ParsedCertificate): boolean {
  const { authorityKeyId } = certificate;
  const { subjectKeyId } = candidate;
  if (!certificate.issuer.equals(candidate.subject)) return false;
  return !authorityKeyId || !subjectKeyId || authorityKeyId.equals(subjectKeyId);
}

function issuerFault(
  chain: readonly ParsedCertificate[],
  issuer: ParsedCertificate,
  at: number,
): ProvisionError | undefined {
  if (!issuer.isAuthority || issuer.keyUsage?.has(KEY_USAGE.keyCertSign) === false) {
    return invalid(
      'chain_not_authority',
      'A certificate in the chain was issued by one that is no authority.',
    );
  }
  // RFC 5280 4.2.1.9: authorities between this one and the leaf, those not counted that issued for themselves.
  const below = chain.slice(1).filter(({ subject, issuer: by }) => !subject.equals(by)).length;
  if (issuer.pathLength !== undefined && below > issuer.pathLength) {
    return invalid('chain_path_length', 'The chain is longer than one of its authorities allows.');
  }
  if (!chain.at(-1)!.x509.verify(issuer.x509.publicKey)) {
    return invalid(
      'chain_signature',
      'A certificate in the chain has a signature that is not from its issuer.',
    );
  }
  return certificateFault(issuer, at);
}

/** What is wrong with one certificate, wherever in a chain. */
function certificateFault(certificate: ParsedCertificate, at: number): ProvisionError | undefined {
  const { notBefore, notAfter, serial } = certificate;
  const details = {
    serial,
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
  };
  if (at > notAfter + 999)
    return invalid('certificate_expired', 'A certificate in the chain has expired.', { details });
  if (at < notBefore) {
    return invalid('certificate_not_yet_valid', 'A certificate in the chain is not valid yet.', { details });
  }
  const unknown = certificate.critical.find((id) => !UNDERSTOOD.has(id));
  if (unknown !== undefined) {
    return invalid(
      'certificate_critical_extension',
      'A certificate has a critical extension that is not understood.',
      {
        details: { serial, extension: unknown },
      },
    );
  }
  if (GOOD_SIGNATURES.has(certificate.signatureAlgorithm)) return undefined;
  return invalid(
    'certificate_signature_algorithm',
    `A certificate in the chain is signed with ${algorithmName(certificate.signatureAlgorithm)}, which is not accepted.`,
    { details: { serial, algorithm: certificate.signatureAlgorithm } },
  );
}

function purposeFault(leaf: ParsedCertificate, purpose: ChainOptions['purpose']): ProvisionError | undefined {
  if (!purpose || leaf.purposes === undefined || leaf.purposes.includes(OID[purpose])) return undefined;
  return invalid('certificate_purpose', `The certificate is not good for ${purpose}.`, {
    details: { purpose },
  });
}
