import type { BitString } from 'asn1js';
import {
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  Certificate,
  type CRLDistributionPoints,
  type ExtKeyUsage,
  type GeneralName,
  type GeneralNames,
  type InfoAccess,
} from 'pkijs';

const hexOf = (
  value: { readonly valueBlock: { readonly valueHexView: Uint8Array } } | undefined,
): string | undefined => value && Buffer.from(value.valueBlock.valueHexView).toString('hex');

const namesOf = (names: readonly GeneralName[]) =>
  names.map(({ type, value }): [number, unknown] => [
    type,
    type === 7 ? hexOf(value as never) : (value as unknown),
  ]);

const bitsOf = (value: BitString): number[] =>
  [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => value.valueBlock.valueHexView[0]! & (0x80 >> bit));

/** Everything a certificate says, in plain values, as pkijs reads it. */
export function readWithPkijs(der: Buffer) {
  const certificate = Certificate.fromBER(der);
  const extensions = certificate.extensions ?? [];
  const valueOf = <T>(id: string) =>
    extensions.find(({ extnID }) => extnID === id)?.parsedValue as T | undefined;
  const altName = valueOf<{ altNames: GeneralName[] } & GeneralNames>('2.5.29.17');
  const access = valueOf<InfoAccess>('1.3.6.1.5.5.7.1.1')?.accessDescriptions ?? [];
  const points = valueOf<CRLDistributionPoints>('2.5.29.31')?.distributionPoints ?? [];
  const basic = valueOf<BasicConstraints>('2.5.29.19');
  return {
    version: certificate.version + 1,
    serial: hexOf(certificate.serialNumber),
    signature: [certificate.signature.algorithmId, certificate.signatureAlgorithm.algorithmId],
    issuer: Buffer.from(certificate.issuer.valueBeforeDecode).toString('hex'),
    subject: certificate.subject.typesAndValues.map(({ type, value }): [string, string] => [
      type,
      String(value.valueBlock.value),
    ]),
    notBefore: certificate.notBefore.value.getTime(),
    notAfter: certificate.notAfter.value.getTime(),
    publicKey: Buffer.from(certificate.subjectPublicKeyInfo.toSchema().toBER()).toString('hex'),
    extensions: extensions.map(({ extnID, critical }): [string, boolean] => [extnID, critical]),
    basicConstraints: basic && { cA: basic.cA, pathLength: basic.pathLenConstraint },
    keyUsage: bitsOf(valueOf<BitString>('2.5.29.15')!),
    purposes: valueOf<ExtKeyUsage>('2.5.29.37')?.keyPurposes,
    subjectKeyId: hexOf(valueOf('2.5.29.14')),
    authorityKeyId: hexOf(valueOf<AuthorityKeyIdentifier>('2.5.29.35')?.keyIdentifier),
    names: altName ? namesOf(altName.altNames) : undefined,
    crl: points.flatMap(({ distributionPoint }) => namesOf(distributionPoint as GeneralName[])),
    access: access.map(({ accessMethod, accessLocation }): [string, unknown] => [
      accessMethod,
      accessLocation.value as unknown,
    ]),
  };
}
