import { invalid, PRINTABLE } from '@org/domain';
import { OID } from '../der/oids.js';
import { TAG } from '../der/tags.js';
import { oid, sequence, set, tlv } from '../der/write.js';

/** The parts of a subject or issuer that this authority writes. An empty part is the same as none. */
export interface DistinguishedName {
  /** Two letters, ISO 3166. */
  readonly country?: string;
  readonly state?: string;
  readonly locality?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly commonName?: string;
}

/** In the order they are written, with the upper bounds of RFC 5280 appendix A.1, in characters. */
const PARTS: readonly {
  readonly part: keyof DistinguishedName;
  readonly type: string;
  readonly max: number;
}[] = [
  { part: 'country', type: OID.country, max: 2 },
  { part: 'state', type: OID.state, max: 128 },
  { part: 'locality', type: OID.locality, max: 128 },
  { part: 'organization', type: OID.organization, max: 64 },
  { part: 'organizationalUnit', type: OID.organizationalUnit, max: 64 },
  { part: 'commonName', type: OID.commonName, max: 64 },
];

/**
 * DER of a Name: one attribute to an RDN, UTF8String (country: PrintableString).
 * @throws ProvisionError `name_part_malformed`, with the part's name in `details.part`
 */
export const encodeName = (name: DistinguishedName): Buffer => sequence(...encodeRdns(name));

/** What is inside the Name; the RDN of the common name is the last. */
export function encodeRdns(name: DistinguishedName): Buffer[] {
  return PARTS.flatMap(({ part, type, max }) => {
    const value = name[part];
    return value ? [set(sequence(oid(type), encodeValue(part, value, max)))] : [];
  });
}

function encodeValue(part: keyof DistinguishedName, value: string, max: number): Buffer {
  if ([...value].length > max || !PRINTABLE.test(value)) {
    // Control characters would let one name look like another in logs and in openssl's one-line form.
    throw invalid(
      'name_part_malformed',
      `The name's ${part} is longer than ${max} characters, or not all printable.`,
      {
        details: { part, max },
      },
    );
  }
  if (part !== 'country') return tlv(TAG.utf8String, Buffer.from(value, 'utf8'));
  if (!/^[A-Z]{2}$/.test(value)) {
    throw invalid('name_part_malformed', 'The country is two capital letters (ISO 3166).', {
      details: { part },
    });
  }
  return tlv(TAG.printableString, Buffer.from(value, 'latin1'));
}
