import { Secret } from '@org/domain';
import { goTime, needed } from '@org/http-client';

/** Times are RFC 3339 text. */
export interface Certificate {
  /** Hexadecimal with colons. */
  readonly serialNumber: string;
  /** PEM. */
  readonly certificate: string;
  readonly revoked: boolean;
  readonly expiresAt: string | undefined;
  /** What it was issued for; undefined for a renewed certificate, which is linked to nothing. */
  readonly entityId: string | undefined;
}

export interface CertificateWithKey extends Certificate {
  /** PEM. The service does not keep it: this is the only time it is seen. */
  readonly key: Secret;
}

/** What a list says of a certificate: all but the PEM text. */
export type ListedCertificate = Omit<Certificate, 'certificate'>;

export interface CertificateSubject {
  readonly commonName: string;
  readonly organization?: readonly string[];
  readonly organizationalUnit?: readonly string[];
  readonly country?: readonly string[];
  readonly province?: readonly string[];
  readonly locality?: readonly string[];
  readonly streetAddress?: readonly string[];
  readonly postalCode?: readonly string[];
  readonly dnsNames?: readonly string[];
}

export interface WireCertificate {
  serial_number?: string;
  certificate?: string;
  key?: string;
  revoked?: boolean;
  expiry_time?: string;
  entity_id?: string;
}

export function listedFromWire(wire: WireCertificate): ListedCertificate {
  return {
    serialNumber: needed(wire.serial_number),
    revoked: wire.revoked ?? false,
    expiresAt: goTime(wire.expiry_time),
    entityId: wire.entity_id || undefined,
  };
}

export function certificateFromWire(wire: WireCertificate): Certificate {
  return { ...listedFromWire(wire), certificate: needed(wire.certificate) };
}

export function withKeyFromWire(wire: WireCertificate): CertificateWithKey {
  return { ...certificateFromWire(wire), key: new Secret(needed(wire.key)) };
}

/** A renewal wraps the certificate, and encodes its PEM texts in base64 (Magistrala wire §5.3). */
export function renewedFromWire({ certificate }: { certificate?: WireCertificate }): CertificateWithKey {
  const text = (base64: string | undefined) => Buffer.from(needed(base64), 'base64').toString('utf8');
  return withKeyFromWire({
    ...certificate,
    certificate: text(certificate?.certificate),
    key: text(certificate?.key),
  });
}

export function subjectToWire(subject: CertificateSubject): object {
  return {
    common_name: subject.commonName,
    organization: subject.organization,
    organizational_unit: subject.organizationalUnit,
    country: subject.country,
    province: subject.province,
    locality: subject.locality,
    street_address: subject.streetAddress,
    postal_code: subject.postalCode,
    dns_names: subject.dnsNames,
  };
}
