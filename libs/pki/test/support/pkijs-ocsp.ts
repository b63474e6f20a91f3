import { createHash } from 'node:crypto';
import { fromBER, Integer, OctetString } from 'asn1js';
import {
  AlgorithmIdentifier,
  BasicOCSPResponse,
  CertID,
  Extension,
  OCSPRequest,
  RelativeDistinguishedNames,
  OCSPResponse,
  Request,
  type GeneralName,
} from 'pkijs';
import type { ParsedCertificate } from '@org/x509';
import { keyBits } from '@org/x509/encoding';

const HASHES = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2' };

export interface QuestionPlan {
  readonly issuer: ParsedCertificate;
  readonly serials: readonly string[];
  readonly hash?: keyof typeof HASHES;
  /** The octets of the nonce; they are wrapped once more, as the extension wants it. */
  readonly nonce?: Buffer;
  /** Put in place of the nonce extension's value as it is. */
  readonly rawNonce?: Buffer;
  readonly criticalExtension?: string;
}

const bytesOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** What an OCTET STRING holds. */
const octetsOf = (der: Uint8Array): Buffer =>
  Buffer.from((fromBER(bytesOf(der)).result as OctetString).valueBlock.valueHexView);

/** An OCSP request as pkijs writes it. */
export function pkijsOcspRequest({
  issuer,
  serials,
  hash = 'sha1',
  nonce,
  rawNonce,
  criticalExtension,
}: QuestionPlan): Buffer {
  const digest = (bytes: Buffer) =>
    new OctetString({ valueHex: bytesOf(createHash(hash).update(bytes).digest()) });
  const request = new OCSPRequest();
  request.tbsRequest.requestList = serials.map((serial) => {
    const reqCert = new CertID({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: HASHES[hash] }),
      issuerNameHash: digest(issuer.subject),
      issuerKeyHash: digest(keyBits(issuer.publicKey)),
      serialNumber: new Integer({ valueHex: bytesOf(Buffer.from(serial, 'hex')) }),
    });
    return new Request({ reqCert });
  });
  const nonceValue = nonce
    ? new OctetString({ valueHex: bytesOf(nonce) }).toBER()
    : rawNonce && bytesOf(rawNonce);
  const extensions = [
    ...(nonceValue ? [new Extension({ extnID: '1.3.6.1.5.5.7.48.1.2', extnValue: nonceValue })] : []),
    ...(criticalExtension
      ? [new Extension({ extnID: criticalExtension, critical: true, extnValue: bytesOf(Buffer.of(5, 0)) })]
      : []),
  ];
  if (extensions.length) request.tbsRequest.requestExtensions = extensions;
  return Buffer.from(request.toSchema(true).toBER());
}

/** What a response says, as pkijs reads it. */
export function readOcspResponse(der: Buffer) {
  const response = OCSPResponse.fromBER(der);
  const status = response.responseStatus.valueBlock.valueDec;
  if (!response.responseBytes) return { status };
  const basic = BasicOCSPResponse.fromBER(response.responseBytes.response.valueBlock.valueHexView);
  const { responses, responseExtensions = [], producedAt, responderID } = basic.tbsResponseData;
  const nonce = responseExtensions.find(({ extnID }) => extnID === '1.3.6.1.5.5.7.48.1.2');
  return {
    status,
    producedAt: producedAt.getTime(),
    // A Name, or the SHA-1 of a key.
    responder: responderID instanceof RelativeDistinguishedNames ? bytesOfName(responderID) : undefined,
    certificates: basic.certs?.length ?? 0,
    nonce: nonce && octetsOf(nonce.extnValue.valueBlock.valueHexView),
    answers: responses.map(({ certID, certStatus, thisUpdate, nextUpdate }) => ({
      serial: Buffer.from(certID.serialNumber.valueBlock.valueHexView).toString('hex'),
      hash: certID.hashAlgorithm.algorithmId,
      status: ['good', 'revoked', 'unknown'][
        (certStatus as GeneralName & { idBlock: { tagNumber: number } }).idBlock.tagNumber
      ],
      thisUpdate: thisUpdate.getTime(),
      nextUpdate: nextUpdate?.getTime(),
    })),
  };
}

const bytesOfName = (name: RelativeDistinguishedNames) =>
  Buffer.from(name.toSchema().toBER()).toString('hex');

/** The same fields that `readOcspRequest` gives, as pkijs reads them. */
export function readRequestWithPkijs(der: Buffer) {
  const { requestList, requestExtensions = [] } = OCSPRequest.fromBER(der).tbsRequest;
  const nonce = requestExtensions.find(({ extnID }) => extnID === '1.3.6.1.5.5.7.48.1.2');
  return {
    certIds: requestList.map(({ reqCert }) => ({
      hash: Object.entries(HASHES).find(([, id]) => id === reqCert.hashAlgorithm.algorithmId)?.[0],
      issuerNameHash: Buffer.from(reqCert.issuerNameHash.valueBlock.valueHexView),
      issuerKeyHash: Buffer.from(reqCert.issuerKeyHash.valueBlock.valueHexView),
      serial: Buffer.from(reqCert.serialNumber.valueBlock.valueHexView)
        .toString('hex')
        .replace(/^00(?=..)/, ''),
      der: Buffer.from(reqCert.toSchema().toBER()),
    })),
    nonce: nonce && octetsOf(nonce.extnValue.valueBlock.valueHexView),
  };
}
