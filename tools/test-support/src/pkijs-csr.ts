import { createPublicKey, sign } from 'node:crypto';
import {
  BitString,
  BmpString,
  IA5String,
  type OctetString,
  PrintableString,
  Utf8String,
  fromBER,
} from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  CertificationRequest,
  Extension,
  Extensions,
  GeneralName,
  GeneralNames,
  PublicKeyInfo,
} from 'pkijs';
import { aKey, type KeyKind } from './keys.js';

export interface CsrPlan {
  readonly kind: KeyKind;
  readonly subject: readonly {
    readonly type: string;
    readonly form: keyof typeof FORMS;
    readonly value: string;
  }[];
  readonly names: readonly { readonly type: 1 | 2 | 6; readonly value: string }[];
  readonly extensions: readonly {
    readonly id: string;
    readonly critical: boolean;
    readonly value: Uint8Array;
  }[];
}

const FORMS = { utf8: Utf8String, printable: PrintableString, ia5: IA5String, bmp: BmpString };

const SIGNATURES: Readonly<Record<KeyKind, { readonly id: string; readonly digest: string | null }>> = {
  'P-256': { id: '1.2.840.10045.4.3.2', digest: 'sha256' },
  'P-384': { id: '1.2.840.10045.4.3.3', digest: 'sha384' },
  'RSA-2048': { id: '1.2.840.113549.1.1.11', digest: 'sha256' },
  'RSA-3072': { id: '1.2.840.113549.1.1.13', digest: 'sha512' },
  Ed25519: { id: '1.3.101.112', digest: null },
};

/** A request as pkijs writes it: nothing of our own is involved. */
export function pkijsCsr({ kind, subject, names, extensions }: CsrPlan): Buffer {
  const { id, digest } = SIGNATURES[kind];
  const spki = createPublicKey(aKey(kind)).export({ type: 'spki', format: 'der' });
  const csr = new CertificationRequest({ subjectPublicKeyInfo: PublicKeyInfo.fromBER(spki) });
  for (const { type, form, value } of subject) {
    csr.subject.typesAndValues.push(new AttributeTypeAndValue({ type, value: new FORMS[form]({ value }) }));
  }
  const altNames = new GeneralNames({ names: names.map((name) => new GeneralName(name)) });
  const asked = [
    ...(names.length ? [new Extension({ extnID: '2.5.29.17', extnValue: altNames.toSchema().toBER() })] : []),
    ...extensions.map(
      ({ id: extnID, critical, value }) => new Extension({ extnID, critical, extnValue: bytesOf(value) }),
    ),
  ];
  const request = new Attribute({
    type: '1.2.840.113549.1.9.14',
    values: [new Extensions({ extensions: asked }).toSchema()],
  });
  csr.attributes = asked.length ? [request] : [];
  csr.signatureAlgorithm = new AlgorithmIdentifier({ algorithmId: id });
  const info = Buffer.from(csr['encodeTBS']().toBER());
  csr.tbsView = new Uint8Array(info);
  csr.signatureValue = new BitString({ valueHex: bytesOf(sign(digest, info, aKey(kind))) });
  return Buffer.from(csr.toSchema(false).toBER());
}

const bytesOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** The same fields that `readCsr` gives, as pkijs reads them. */
export function readWithPkijs(der: Buffer) {
  const csr = CertificationRequest.fromBER(der);
  const attribute = csr.attributes?.find(({ type }) => type === '1.2.840.113549.1.9.14');
  const extensions = attribute ? new Extensions({ schema: attribute.values[0] }).extensions : [];
  const san = extensions.find(({ extnID }) => extnID === '2.5.29.17');
  const names = san
    ? new GeneralNames({ schema: fromBER(san.extnValue.valueBlock.valueHexView).result }).names
    : [];
  const ofType = (type: number) =>
    names.filter((name) => name.type === type).map(({ value }) => value as unknown);
  return {
    subject: csr.subject.typesAndValues.map(({ type, value }) => ({
      type,
      value: String(value.valueBlock.value),
    })),
    publicKey: Buffer.from(csr.subjectPublicKeyInfo.toSchema().toBER()),
    extensions: extensions.map(({ extnID, critical, extnValue }) => ({
      id: extnID,
      critical,
      value: Buffer.from(extnValue.valueBlock.valueHexView),
    })),
    names: {
      email: ofType(1),
      dns: ofType(2),
      uri: ofType(6),
      ip: ofType(7).map((value) => Buffer.from((value as OctetString).valueBlock.valueHexView)),
    },
  };
}
