import { isIP } from 'node:net';
import * as asn1js from 'asn1js';
import { AttributeTypeAndValue, GeneralName, RelativeDistinguishedNames } from 'pkijs';

/** The subject of a certificate, as the wire names its parts (Magistrala wire §5.2). */
export interface Subject {
  readonly common_name: string;
  readonly organization?: readonly string[];
  readonly organizational_unit?: readonly string[];
  readonly country?: readonly string[];
  readonly province?: readonly string[];
  readonly locality?: readonly string[];
  readonly street_address?: readonly string[];
  readonly postal_code?: readonly string[];
}

const TYPES: readonly [keyof Subject, string][] = [
  ['country', '2.5.4.6'],
  ['organization', '2.5.4.10'],
  ['organizational_unit', '2.5.4.11'],
  ['locality', '2.5.4.7'],
  ['province', '2.5.4.8'],
  ['street_address', '2.5.4.9'],
  ['postal_code', '2.5.4.17'],
  ['common_name', '2.5.4.3'],
];

/** One attribute to each relative name, as OpenBao writes them; pkijs by itself would put all into one. */
export function subjectName(subject: Subject): RelativeDistinguishedNames {
  const attributes = TYPES.flatMap(([part, type]) =>
    [subject[part] ?? []]
      .flat()
      .map(
        (value) =>
          new AttributeTypeAndValue({ type, value: new asn1js.Utf8String({ value: value as string }) }),
      ),
  );
  const sets = attributes.map((attribute) => new asn1js.Set({ value: [attribute.toSchema()] }));
  return RelativeDistinguishedNames.fromBER(new asn1js.Sequence({ value: sets }).toBER());
}

/** The subject of an existing certificate or request. */
export function subjectOf(name: RelativeDistinguishedNames): Subject {
  const values = (wanted: string) =>
    name.typesAndValues
      .filter(({ type }) => type === wanted)
      .map(({ value }) => String(value.valueBlock.value));
  const parts = TYPES.map(([part, type]) => [part, values(type)] as const);
  const { common_name: commonNames = [], ...others } = Object.fromEntries(parts) as Record<
    keyof Subject,
    string[]
  >;
  return { ...others, common_name: commonNames[0] ?? '' };
}

const DNS_NAME = 2;
const IP_ADDRESS = 7;

export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

export function generalNames({ dnsNames, ipAddresses }: AlternativeNames): GeneralName[] {
  return [
    ...dnsNames.map((value) => new GeneralName({ type: DNS_NAME, value })),
    ...ipAddresses.map(
      (value) =>
        new GeneralName({
          type: IP_ADDRESS,
          value: new asn1js.OctetString({ valueHex: addressBytes(value) }),
        }),
    ),
  ];
}

export function alternativeNames(names: readonly GeneralName[]): AlternativeNames {
  return {
    dnsNames: names.filter(({ type }) => type === DNS_NAME).map(({ value }) => String(value)),
    ipAddresses: names
      .filter(({ type }) => type === IP_ADDRESS)
      .map(({ value }) => addressText(new Uint8Array((value as asn1js.OctetString).valueBlock.valueHexView))),
  };
}

export const isAddress = (text: string) => isIP(text) !== 0;

/** One spelling for each IPv6 address, without the embedded IPv4 form. */
const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

function addressBytes(text: string): Uint8Array<ArrayBuffer> {
  if (isIP(text) === 4) return Uint8Array.from(text.split('.'), Number);
  const [head = '', tail] = canonical(text).split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return Uint8Array.from(
    [...left, ...zeros, ...right].flatMap((group) => {
      const value = parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16),
  );
  return canonical(groups.join(':'));
}
