import type { RevocationReason } from '@org/domain';
import {
  context,
  contextPrimitive,
  enumerated,
  explicit,
  extension,
  generalizedTime,
  octetString,
  OID,
  oid,
  sequence,
  tlv,
} from '@org/x509/encoding';
import type { ParsedCertificate, Signer } from '@org/x509';
import { REVOCATION_REASONS } from '../revocation/reasons.js';
import { signedStructure } from '../authority/certify.js';

/** OCSPResponseStatus (RFC 6960 4.2.1). */
const OCSP_STATUS = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  unauthorized: 6,
} as const;

export type OcspStatus = keyof typeof OCSP_STATUS;

/** An answer without content: what went wrong. */
export const ocspError = (status: Exclude<OcspStatus, 'successful'>): Buffer =>
  sequence(enumerated(OCSP_STATUS[status]));

export type CertStatus =
  | { readonly status: 'good' }
  | { readonly status: 'unknown' }
  | { readonly status: 'revoked'; readonly at: number; readonly reason: RevocationReason };

interface SingleAnswer {
  /** CertID, DER. */
  readonly certId: Buffer;
  readonly status: CertStatus;
}

interface OcspAnswerContent {
  /** Subject of the signer's certificate, DER. */
  readonly responder: Buffer;
  readonly answers: readonly SingleAnswer[];
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly nonce: Buffer | undefined;
}

/** Who signs: the authority itself, or a responder whose certificate is then sent along. */
export interface OcspSigner {
  readonly signer: Signer;
  readonly certificate?: ParsedCertificate;
}

/** A signed answer, DER (RFC 6960 4.2.1). */
export async function signOcspResponse(
  { signer, certificate }: OcspSigner,
  content: OcspAnswerContent,
): Promise<Buffer> {
  const { responder, answers, thisUpdate, nextUpdate, nonce } = content;
  const updates = [generalizedTime(thisUpdate), explicit(0, generalizedTime(nextUpdate))];
  const data = sequence(
    // By its name: by its key, clients look for a SHA-1 that certificates with newer key identifiers do not hold.
    explicit(1, responder),
    generalizedTime(thisUpdate),
    sequence(...answers.map(({ certId, status }) => sequence(certId, encodeStatus(status), ...updates))),
    ...(nonce ? [explicit(1, sequence(extension(OID.ocspNonce, octetString(nonce))))] : []),
  );
  const certificates = certificate ? [explicit(0, sequence(certificate.der))] : [];
  const basic = signedStructure(signer.algorithm, data, await signer.sign(data), ...certificates);
  return sequence(
    enumerated(OCSP_STATUS.successful),
    explicit(0, sequence(oid(OID.ocspBasic), octetString(basic))),
  );
}

function encodeStatus(status: CertStatus): Buffer {
  if (status.status === 'good') return tlv(contextPrimitive(0));
  if (status.status === 'unknown') return tlv(contextPrimitive(2));
  const reason = REVOCATION_REASONS[status.reason];
  const why = reason === REVOCATION_REASONS.unspecified ? [] : [explicit(0, enumerated(reason))];
  return tlv(context(1), generalizedTime(status.at), ...why);
}
