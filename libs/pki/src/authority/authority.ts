import type { ParsedCertificate, Signer } from '@org/x509';

/** A certificate of an authority and the key that belongs to it. */
export interface Authority {
  readonly certificate: ParsedCertificate;
  readonly signer: Signer;
}

/** An authority that certifies devices. */
export interface IssuingAuthority extends Authority {
  /** The authorities above it: the next one first, the root last. Empty when it is itself the root. */
  readonly chain: readonly ParsedCertificate[];
}

/** How records name an authority: its subject key identifier, lower-case hex. It outlives a new certificate. */
export const issuerIdOf = ({ certificate }: Authority): string => certificate.subjectKeyId!.toString('hex');
