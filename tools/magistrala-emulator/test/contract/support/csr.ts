import { KeyObject, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import {
  Attribute,
  AttributeTypeAndValue,
  CertificationRequest,
  Extension,
  Extensions,
  GeneralName,
  GeneralNames,
} from 'pkijs';

const COMMON_NAME = '2.5.4.3';
const ALTERNATIVE_NAME = '2.5.29.17';
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** A PEM request for a fresh P-256 key. */
export async function makeCsr(commonName: string, dnsNames: readonly string[]) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const request = new CertificationRequest({ version: 0 });
  const value = new asn1js.Utf8String({ value: commonName });
  request.subject.typesAndValues.push(new AttributeTypeAndValue({ type: COMMON_NAME, value }));
  await request.subjectPublicKeyInfo.importKey(keys.publicKey);
  const names = new GeneralNames({
    names: dnsNames.map((name) => new GeneralName({ type: 2, value: name })),
  });
  const extnValue = names.toSchema().toBER();
  const extensions = new Extensions({ extensions: [new Extension({ extnID: ALTERNATIVE_NAME, extnValue })] });
  request.attributes = [new Attribute({ type: EXTENSION_REQUEST, values: [extensions.toSchema()] })];
  await request.sign(keys.privateKey, 'SHA-256');
  const base64 = Buffer.from(request.toSchema().toBER()).toString('base64');
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`;
  return { pem, publicKey: KeyObject.from(keys.publicKey) };
}
