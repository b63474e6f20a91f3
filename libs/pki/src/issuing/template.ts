import {
  authorityKeyIdentifier,
  encodeRdns,
  endEntity,
  explicit,
  extendedKeyUsage,
  extension,
  generalNames,
  integerOf,
  KEY_USAGE,
  keyIdentifier,
  keyUsage,
  OID,
  revocationAddresses,
  sequence,
  SIGNATURES,
  subjectKeyIdentifier,
  time,
} from '@org/x509/encoding';
import type { CertificateRequest } from '@org/x509';
import type { Authority } from '../authority/authority.js';
import type { Grant } from '../profile/grant.js';
import type { DeviceProfile } from '../profile/device-profile.js';
import { VERSION_3 } from '../authority/certify.js';

interface TemplateValues {
  readonly serial: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly machineId: string;
  readonly request: CertificateRequest;
  readonly grant: Grant;
}

/** The certificates of one profile by one authority: what they share is encoded once. */
export class CertificateTemplate {
  readonly #signatureAndIssuer: Buffer;
  readonly #subject: Buffer;
  readonly #beforeKeyUsage: Buffer;
  readonly #rsaKeyUsage: Buffer;
  readonly #purposes: Buffer;
  readonly #authorityKeyId: Buffer;
  readonly #addresses: Buffer;

  constructor(profile: DeviceProfile, { certificate, signer }: Authority) {
    const purposes = [
      ...(profile.clientAuth ? [OID.clientAuth] : []),
      ...(profile.serverAuth ? [OID.serverAuth] : []),
    ];
    this.#signatureAndIssuer = Buffer.concat([SIGNATURES[signer.algorithm].identifier, certificate.subject]);
    this.#subject = Buffer.concat(encodeRdns(profile.subject));
    this.#beforeKeyUsage = endEntity();
    this.#rsaKeyUsage = profile.clientAuth ? SIGNING : SIGNING_AND_DECIPHERING;
    this.#purposes = extendedKeyUsage(...purposes);
    this.#authorityKeyId = authorityKeyIdentifier(certificate.subjectKeyId!);
    this.#addresses = Buffer.concat(revocationAddresses(profile.addresses));
  }

  /** The to-be-signed certificate (RFC 5280 4.1.2). @throws ProvisionError `name_part_malformed` */
  fill({ serial, notBefore, notAfter, machineId, request, grant }: TemplateValues): Buffer {
    const names = generalNames(grant.names);
    const extensions = sequence(
      this.#beforeKeyUsage,
      request.key.algorithm === 'RSA' ? this.#rsaKeyUsage : SIGNING,
      this.#purposes,
      subjectKeyIdentifier(keyIdentifier(request.publicKey)),
      this.#authorityKeyId,
      ...(names ? [extension(OID.subjectAltName, names)] : []),
      this.#addresses,
      ...grant.extensions.map(({ id, value, critical }) => extension(id, value, critical)),
    );
    return sequence(
      VERSION_3,
      integerOf(serial),
      this.#signatureAndIssuer,
      sequence(time(notBefore), time(notAfter)),
      sequence(this.#subject, ...encodeRdns({ commonName: machineId })),
      request.publicKey,
      explicit(3, extensions),
    );
  }
}

const SIGNING = keyUsage(KEY_USAGE.digitalSignature);
/** TLS 1.2 without (EC)DHE sends keys to servers that have RSA; clients only sign (RFC 5280 4.2.1.12). */
const SIGNING_AND_DECIPHERING = keyUsage(KEY_USAGE.digitalSignature, KEY_USAGE.keyEncipherment);
