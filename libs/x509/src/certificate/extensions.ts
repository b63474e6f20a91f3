import { OID } from '../der/oids.js';
import { contextPrimitive, TAG, context } from '../der/tags.js';
import { namedBits, octetString, oid, sequence, tlv, trueValue } from '../der/write.js';

/** Bits of KeyUsage (RFC 5280 4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, crlSign: 6 } as const;

/** One Extension (RFC 5280 4.1). @param value what goes inside the OCTET STRING */
export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return critical
    ? sequence(oid(id), trueValue(), octetString(value))
    : sequence(oid(id), octetString(value));
}

export const keyUsage = (...bits: readonly number[]): Buffer =>
  extension(OID.keyUsage, namedBits(bits), true);

export const extendedKeyUsage = (...purposes: readonly string[]): Buffer =>
  extension(OID.extendedKeyUsage, sequence(...purposes.map(oid)));

export const subjectKeyIdentifier = (id: Uint8Array): Buffer =>
  extension(OID.subjectKeyIdentifier, octetString(id));

export const authorityKeyIdentifier = (id: Uint8Array): Buffer =>
  extension(OID.authorityKeyIdentifier, sequence(tlv(contextPrimitive(0), id)));

const uriName = (url: string): Buffer => tlv(contextPrimitive(6), Buffer.from(url, 'latin1'));

/** Where an issuer's CRL and OCSP responder are, and its own certificate; http addresses, as RFC 5280 8 advises. */
export interface RevocationAddresses {
  readonly crl?: readonly string[];
  readonly ocsp?: readonly string[];
  readonly caIssuers?: readonly string[];
}

/** cRLDistributionPoints and authorityInfoAccess, each only if there is an address for it. */
export function revocationAddresses({ crl = [], ocsp = [], caIssuers = [] }: RevocationAddresses): Buffer[] {
  const points = crl.map((url) => sequence(tlv(context(0), tlv(context(0), uriName(url)))));
  const access = [
    ...ocsp.map((url) => sequence(oid(OID.ocsp), uriName(url))),
    ...caIssuers.map((url) => sequence(oid(OID.caIssuers), uriName(url))),
  ];
  return [
    ...(points.length ? [extension(OID.crlDistributionPoints, sequence(...points))] : []),
    ...(access.length ? [extension(OID.authorityInfoAccess, sequence(...access))] : []),
  ];
}

/** basicConstraints of a certificate that is no authority: an empty SEQUENCE. */
export const endEntity = (): Buffer => extension(OID.basicConstraints, sequence(), true);

/** @param pathLength how many more authorities may follow; undefined: any number */
export function certificateAuthority(pathLength: number | undefined): Buffer {
  const limit = pathLength === undefined ? [] : [tlv(TAG.integer, Buffer.of(pathLength))];
  return extension(OID.basicConstraints, sequence(trueValue(), ...limit), true);
}
