import * as asn1js from 'asn1js';
import {
  AlgorithmIdentifier,
  BasicOCSPResponse,
  CertID,
  CertificateRevocationList,
  OCSPRequest,
  OCSPResponse,
  ResponseBytes,
  RevokedCertificate,
  SingleResponse,
  Time,
} from 'pkijs';
import type { Clock } from '@org/domain';
import type { Issuer } from './authority.js';
import type { Certificates } from './certificates.js';

const SHA1 = '1.3.14.3.2.26';
const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
const DAY_MS = 24 * 3600e3;

/** Times in CRLs and OCSP answers have whole seconds (RFC 5280, section 4.1.2.5.2). */
const wholeSeconds = (ms: number) => new Date(Math.floor(ms / 1000) * 1000);

interface Context {
  readonly clock: Clock;
  readonly issuer: Issuer;
  readonly certificates: Certificates;
}

/** A DER list of all that is revoked, good for three days. */
export async function makeCrl({ clock, issuer, certificates }: Context): Promise<Buffer> {
  const now = clock.now();
  const crl = new CertificateRevocationList({ version: 1 });
  crl.issuer = issuer.certificate.subject;
  crl.thisUpdate = new Time({ value: wholeSeconds(now) });
  crl.nextUpdate = new Time({ value: wholeSeconds(now + 3 * DAY_MS) });
  const revoked = certificates.all().flatMap(({ certificate, revokedAt }) =>
    revokedAt === undefined
      ? []
      : [
          new RevokedCertificate({
            userCertificate: certificate.serialNumber,
            revocationDate: new Time({ value: wholeSeconds(revokedAt) }),
          }),
        ],
  );
  // An empty list must be left out (RFC 5280, section 5.1.2.6).
  if (revoked.length > 0) crl.revokedCertificates = revoked;
  await crl.sign(issuer.key, 'SHA-256');
  return Buffer.from(crl.toSchema().toBER());
}

/** Reads a DER request. @returns undefined for anything else */
export function readOcspRequest(body: Buffer): CertID[] | undefined {
  try {
    const request = OCSPRequest.fromBER(new Uint8Array(body).buffer);
    return request.tbsRequest.requestList.map(({ reqCert }) => reqCert);
  } catch {
    return undefined;
  }
}

/** What a request about a certificate of the issuer holds. */
export async function certIdFor(
  { certificate, keyId }: Issuer,
  serialNumber: asn1js.Integer,
): Promise<CertID> {
  const nameHash = await crypto.subtle.digest('SHA-1', certificate.subject.toSchema().toBER());
  return new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA1, algorithmParams: new asn1js.Null() }),
    issuerNameHash: new asn1js.OctetString({ valueHex: nameHash }),
    issuerKeyHash: new asn1js.OctetString({ valueHex: keyId }),
    serialNumber,
  });
}

/** A DER answer, signed by the issuer (RFC 6960). */
export async function answerOcsp(context: Context, asked: readonly CertID[]): Promise<Buffer> {
  const { clock, issuer } = context;
  const now = wholeSeconds(clock.now());
  const basic = new BasicOCSPResponse();
  basic.tbsResponseData.responderID = issuer.certificate.subject;
  basic.tbsResponseData.producedAt = now;
  basic.tbsResponseData.responses = asked.map((certId) => {
    const nextUpdate = new Date(now.getTime() + DAY_MS);
    const single = new SingleResponse({ certID: certId, thisUpdate: now, nextUpdate });
    single.certStatus = statusOf(context, certId);
    return single;
  });
  basic.certs = [issuer.certificate];
  await basic.sign(issuer.key, 'SHA-256');
  const response = new OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: 0 }),
    responseBytes: new ResponseBytes({
      responseType: BASIC_RESPONSE,
      response: new asn1js.OctetString({ valueHex: basic.toSchema().toBER() }),
    }),
  });
  return Buffer.from(response.toSchema().toBER());
}

/** `[0]` good, `[1]` revoked since, `[2]` unknown. */
function statusOf({ certificates }: Context, { serialNumber }: CertID): asn1js.BaseBlock {
  const hex = Buffer.from(serialNumber.valueBlock.valueHexView).toString('hex');
  const found = certificates.get((hex.match(/../g) ?? []).join(':'));
  if (found?.revokedAt === undefined) {
    return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: found ? 0 : 2 } });
  }
  return new asn1js.Constructed({
    idBlock: { tagClass: 3, tagNumber: 1 },
    value: [new asn1js.GeneralizedTime({ valueDate: wholeSeconds(found.revokedAt) })],
  });
}
