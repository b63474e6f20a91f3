import { randomBytes, type webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import {
  type AltName,
  BasicConstraints,
  Certificate,
  ExtKeyUsage,
  Extension,
  type GeneralName,
  GeneralNames,
  type PublicKeyInfo,
  type RelativeDistinguishedNames,
  Time,
} from 'pkijs';
import { type AlternativeNames, generalNames } from './subject.js';

const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const;

/** Bits of the key usage extension, and how many of them at the end are unused. */
const CA_USAGE = { bits: 0x06, unused: 1 };
const LEAF_USAGE = { bits: 0xa8, unused: 3 };
const SERIAL_BYTES = 20;

interface Draft {
  readonly subject: RelativeDistinguishedNames;
  readonly issuer: RelativeDistinguishedNames;
  readonly publicKey: PublicKeyInfo;
  /** Key id of the issuer: its certificate's subject key id. */
  readonly issuerKeyId: ArrayBuffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly names: AlternativeNames;
  readonly isCa: boolean;
}

/** Magistrala's role gives all of them to every certificate. */
const LEAF_PURPOSES = [OID.serverAuth, OID.clientAuth, OID.ocspSigning];

/** Signs a certificate with a fresh random serial number. */
export async function sign(draft: Draft, issuerKey: webcrypto.CryptoKey): Promise<Certificate> {
  const certificate = new Certificate({ version: 2 });
  certificate.serialNumber = new asn1js.Integer({ valueHex: newSerial() });
  certificate.subject = draft.subject;
  certificate.issuer = draft.issuer;
  certificate.subjectPublicKeyInfo = draft.publicKey;
  certificate.notBefore = new Time({ value: draft.notBefore });
  certificate.notAfter = new Time({ value: draft.notAfter });
  certificate.extensions = await extensions(draft);
  await certificate.sign(issuerKey, 'SHA-256');
  return certificate;
}

function newSerial(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(SERIAL_BYTES));
  // Positive, and without a leading zero byte, so that it is always written with the same length.
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.buffer;
}

/** SHA-1 of the public key's bits (RFC 5280, section 4.2.1.2). */
export async function keyIdOf(publicKey: PublicKeyInfo): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-1', new Uint8Array(publicKey.subjectPublicKey.valueBlock.valueHexView));
}

async function extensions({ isCa, names, publicKey, issuerKeyId }: Draft): Promise<Extension[]> {
  const usage = isCa ? CA_USAGE : LEAF_USAGE;
  const usageBits = new asn1js.BitString({
    valueHex: new Uint8Array([usage.bits]).buffer,
    unusedBits: usage.unused,
  });
  const keyId = new asn1js.OctetString({ valueHex: await keyIdOf(publicKey) });
  const authorityKeyId = new asn1js.Sequence({
    value: [new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 }, valueHex: issuerKeyId })],
  });
  const alternative = generalNames(names);
  return [
    extension(OID.keyUsage, usageBits, true),
    extension(OID.basicConstraints, new BasicConstraints({ cA: isCa }).toSchema(), true),
    extension(OID.subjectKeyId, keyId),
    extension(OID.authorityKeyId, authorityKeyId),
    ...(isCa ? [] : [extension(OID.extKeyUsage, new ExtKeyUsage({ keyPurposes: LEAF_PURPOSES }).toSchema())]),
    ...(alternative.length > 0
      ? [extension(OID.alternativeName, new GeneralNames({ names: alternative }).toSchema())]
      : []),
  ];
}

function extension(extnID: string, value: { toBER(): ArrayBuffer }, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: value.toBER() });
}

/** The alternative names that some extensions ask for. */
export function namesIn(found: readonly Extension[] | undefined): readonly GeneralName[] {
  const extension = found?.find(({ extnID }) => extnID === OID.alternativeName);
  return extension?.parsedValue ? (extension.parsedValue as AltName).altNames : [];
}

/** Colon-separated lower-case hex, as OpenBao writes serial numbers. */
export function serialText(certificate: Certificate): string {
  const hex = Buffer.from(certificate.serialNumber.valueBlock.valueHexView).toString('hex');
  return (hex.match(/../g) ?? []).join(':');
}

export function toPem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}

/** The bytes of the first PEM block, whatever its label; undefined when there is none. */
export function fromPem(pem: string): ArrayBuffer | undefined {
  const base64 = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(pem)?.[2];
  return base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, 'base64')).buffer;
}
