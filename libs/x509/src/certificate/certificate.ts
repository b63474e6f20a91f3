import { X509Certificate } from 'node:crypto';
import type { BitString, OctetString } from 'asn1js';
import { type AuthorityKeyIdentifier, type BasicConstraints, Certificate } from 'pkijs';
import { OID } from '../der/oids.js';
import { fingerprint } from '../digest.js';
import { invalid } from '@org/domain';
import { readCertificates } from '../pem.js';
import { serialHex } from '../serial.js';

/** A certificate, read once: what an authority, a chain check and OCSP need to know of it. */
export interface ParsedCertificate {
  readonly der: Buffer;
  readonly x509: X509Certificate;
  /** Lower-case hex SHA-256 of the DER. */
  readonly fingerprint: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** Name, DER, octet for octet as in the certificate. */
  readonly subject: Buffer;
  readonly issuer: Buffer;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** Milliseconds since 1970, whole seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority: boolean;
  /** How many more authorities may follow; undefined: any number. */
  readonly pathLength: number | undefined;
  /** Bit numbers of keyUsage; undefined when the certificate does not limit its key's use. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  /** Purposes (dotted ids); undefined when not limited. */
  readonly purposes: readonly string[] | undefined;
  readonly subjectKeyId: Buffer | undefined;
  readonly authorityKeyId: Buffer | undefined;
  /** Dotted id. */
  readonly signatureAlgorithm: string;
  /** Dotted ids of all critical extensions. */
  readonly critical: readonly string[];
}

/**
 * Reads one certificate, PEM or DER.
 * @throws ProvisionError `certificate_malformed`, and what `readCertificates` throws
 */
export const readCertificate = (input: string | Uint8Array): ParsedCertificate =>
  fromDer(readCertificates(input)[0]!);

/** Reads every certificate of a PEM bundle, in its order. @throws as `readCertificate` */
export const readCertificateBundle = (input: string | Uint8Array): ParsedCertificate[] =>
  readCertificates(input).map(fromDer);

function fromDer(der: Buffer): ParsedCertificate {
  try {
    return parse(der);
  } catch (cause) {
    throw invalid('certificate_malformed', 'This is no X.509 certificate, or a damaged one.', { cause });
  }
}

function parse(der: Buffer): ParsedCertificate {
  const x509 = new X509Certificate(der);
  const certificate = Certificate.fromBER(der);
  const basic = extensionValue<BasicConstraints>(certificate, OID.basicConstraints);
  const authority = extensionValue<AuthorityKeyIdentifier>(certificate, OID.authorityKeyIdentifier);
  const subjectKey = extensionValue<OctetString>(certificate, OID.subjectKeyIdentifier);
  const pathLength = basic?.pathLenConstraint;
  return {
    der: x509.raw,
    x509,
    fingerprint: fingerprint(x509.raw),
    serial: serialHex(certificate.serialNumber.valueBlock.valueHexView),
    subject: Buffer.from(certificate.subject.valueBeforeDecode),
    issuer: Buffer.from(certificate.issuer.valueBeforeDecode),
    publicKey: x509.publicKey.export({ type: 'spki', format: 'der' }),
    notBefore: certificate.notBefore.value.getTime(),
    notAfter: certificate.notAfter.value.getTime(),
    isAuthority: basic?.cA ?? false,
    pathLength: typeof pathLength === 'object' ? pathLength.valueBlock.valueDec : pathLength,
    keyUsage: bitsOf(extensionValue<BitString>(certificate, OID.keyUsage)),
    purposes: x509.keyUsage as readonly string[] | undefined,
    subjectKeyId: subjectKey && Buffer.from(subjectKey.valueBlock.valueHexView),
    authorityKeyId: authority?.keyIdentifier && Buffer.from(authority.keyIdentifier.valueBlock.valueHexView),
    signatureAlgorithm: certificate.signatureAlgorithm.algorithmId,
    critical: (certificate.extensions ?? []).filter(({ critical }) => critical).map(({ extnID }) => extnID),
  };
}

function extensionValue<T>(certificate: Certificate, id: string): T | undefined {
  const extension = certificate.extensions?.find(({ extnID }) => extnID === id);
  return extension?.parsedValue as T | undefined;
}

function bitsOf(bitString: BitString | undefined): Set<number> | undefined {
  if (!bitString) return undefined;
  const bits = [...bitString.valueBlock.valueHexView].flatMap((octet, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => octet & (0x80 >> bit)).map((bit) => at * 8 + bit),
  );
  return new Set(bits);
}
