import { context, explicit, integer, OID, oid, sequence, set, tlv } from '@org/x509/encoding';

/**
 * Certificates in a CMS SignedData that signs nothing, as EST hands them out (RFC 5652 5.1, RFC 7030 4.1.3).
 *
 * @param certificates DER each; DER sorts a set, so their order does not come through (X.690 11.6)
 * @returns a ContentInfo, DER
 */
export function certsOnly(certificates: readonly Uint8Array[]): Buffer {
  const sorted = [...certificates].sort(Buffer.compare);
  const signedData = sequence(
    // Version 1: plain X.509 certificates, no attribute certificates, content of type id-data.
    integer(1),
    set(),
    sequence(oid(OID.data)),
    tlv(context(0), ...sorted),
    set(),
  );
  return sequence(oid(OID.signedData), explicit(0, signedData));
}
