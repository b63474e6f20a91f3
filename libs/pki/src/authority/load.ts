import { invalid } from '@org/domain';
import { type ParsedCertificate, type Signer, verifyChain } from '@org/x509';
import { KEY_USAGE, signerWorks } from '@org/x509/encoding';
import type { Authority, IssuingAuthority } from './authority.js';

export interface LoadOptions {
  readonly certificate: ParsedCertificate;
  readonly signer: Signer;
  /** The authorities above, in any order, the root among them. The root's key is not needed. */
  readonly chain: readonly ParsedCertificate[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Puts an authority together from its parts, after checking that they belong together and may be used.
 *
 * @throws ProvisionError of kind `invalid`: `authority_not_ca`, `authority_key_usage`, `authority_key_identifier`,
 * `authority_key_mismatch`, `authority_signer_broken`, and what `verifyChain` throws (`certificate_expired`,
 * `chain_incomplete` …)
 */
export async function loadAuthority({
  certificate,
  signer,
  chain,
  now,
}: LoadOptions): Promise<IssuingAuthority> {
  await checkAuthority({ certificate, signer });
  const roots = [certificate, ...chain].filter(({ subject, issuer }) => subject.equals(issuer));
  const [, ...above] = verifyChain({ leaf: certificate, intermediates: chain, roots, at: now });
  return { certificate, signer, chain: above };
}

/** Loads a root with its key, as for certifying an issuing authority. @throws as `loadAuthority` */
export async function loadRoot(options: Omit<LoadOptions, 'chain'>): Promise<Authority> {
  return loadAuthority({ ...options, chain: [] });
}

async function checkAuthority({ certificate, signer }: Authority): Promise<void> {
  if (!certificate.isAuthority) {
    throw invalid('authority_not_ca', 'The certificate is not one of an authority (basicConstraints).');
  }
  const { keyUsage } = certificate;
  if (keyUsage && !(keyUsage.has(KEY_USAGE.keyCertSign) && keyUsage.has(KEY_USAGE.crlSign))) {
    throw invalid(
      'authority_key_usage',
      "The authority's key must be allowed to sign certificates and revocation lists (keyUsage).",
    );
  }
  if (!certificate.subjectKeyId) {
    throw invalid('authority_key_identifier', "The authority's certificate has no subject key identifier.");
  }
  if (!certificate.publicKey.equals(signer.publicKey)) {
    throw invalid(
      'authority_key_mismatch',
      'The private key does not belong to the certificate of the authority.',
    );
  }
  if (!(await signerWorks(signer))) {
    throw invalid('authority_signer_broken', 'What the key signs does not fit the public key that it shows.');
  }
}
