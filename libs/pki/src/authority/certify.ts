import {
  bitString,
  explicit,
  integer,
  integerOf,
  newSerial,
  sequence,
  SIGNATURES,
  time,
} from '@org/x509/encoding';
import { type ParsedCertificate, readCertificate, type SignatureAlgorithm, type Signer } from '@org/x509';

/** Version 3 (RFC 5280 4.1.2.1). */
export const VERSION_3 = explicit(0, integer(2));

/** Certificate, CertificateList and BasicOCSPResponse begin alike: what was signed, how, and the signature. */
export const signedStructure = (
  algorithm: SignatureAlgorithm,
  toBeSigned: Buffer,
  signature: Buffer,
  ...rest: readonly Buffer[]
): Buffer => sequence(toBeSigned, SIGNATURES[algorithm].identifier, bitString(signature), ...rest);

interface CertifyOptions {
  readonly signer: Signer;
  /** Name, DER. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
}

/** Makes one certificate with a new serial. For authorities and OCSP responders; devices' go through `Issuer`. */
export async function certify(options: CertifyOptions): Promise<ParsedCertificate> {
  const { signer, issuer, subject, publicKey, notBefore, notAfter, extensions } = options;
  const toBeSigned = sequence(
    VERSION_3,
    integerOf(newSerial()),
    SIGNATURES[signer.algorithm].identifier,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey,
    explicit(3, sequence(...extensions)),
  );
  return readCertificate(signedStructure(signer.algorithm, toBeSigned, await signer.sign(toBeSigned)));
}
