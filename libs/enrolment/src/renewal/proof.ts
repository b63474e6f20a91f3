import { type KeyObject, X509Certificate, verify } from 'node:crypto';
import { type TrustAnchors, servedCertificates } from '@org/pki';
import { fingerprint, readCertificate, verifyChain } from '@org/x509';
import type { EnrolmentContext } from '../context.js';
import { certificateNotRecorded, certificateRevoked, certificateUnknown, proofInvalid } from '../errors.js';
import type { Seen } from '../machines/seen.js';
import type { MachineProof } from '../use-case-types.js';

/**
 * The machine that a proof is of. Its certificate counts because it is on record here, so no chain has to be checked; it may
 * have expired.
 *
 * @param signed the octets that a signature has to be over; undefined where only TLS proves anything
 * @throws ProvisionError unauthenticated `proof_invalid`; forbidden `certificate_unknown`, `certificate_not_recorded`,
 *   `certificate_revoked`
 */
export async function identify(
  context: EnrolmentContext,
  proof: MachineProof,
  signed?: Buffer,
): Promise<Seen> {
  const seen = await recognize(context, proof, signed);
  if (isRevoked(seen)) throw certificateRevoked();
  return seen;
}

export const isRevoked = ({ certificate, machine }: Seen): boolean =>
  certificate.state !== 'signed' || machine.state === 'revoked';

/** The same, whether or not it is revoked. */
export async function recognize(
  context: EnrolmentContext,
  proof: MachineProof,
  signed?: Buffer,
): Promise<Seen> {
  const { certificates, machines, issuer } = context;
  const page = await certificates.list({ fingerprint: fingerprint(proof.certificate), limit: 1 });
  const [certificate] = page.records;
  if (!certificate) throw withoutRecord(context, proof, signed);
  // Others of its name were made with a key that others know.
  if (certificate.profile !== issuer.defaultProfile) throw certificateUnknown();
  const machine = await machines.find(certificate.machineId);
  if (!machine) throw certificateUnknown();
  if (proof.kind === 'signature' && !isSignedBy(proof, signed)) throw proofInvalid();
  return { machine, certificate };
}

/** A certificate of this authority without a record is newer than the backup that the database was restored from. */
function withoutRecord({ anchors, observer }: EnrolmentContext, proof: MachineProof, signed?: Buffer) {
  const subject = subjectIfOurs(anchors(), proof.certificate);
  if (subject === undefined) return certificateUnknown();
  if (proof.kind === 'signature' && !isSignedBy(proof, signed)) return proofInvalid();
  observer.notRecorded?.(subject);
  return certificateNotRecorded();
}

function subjectIfOurs(anchors: TrustAnchors, der: Uint8Array) {
  try {
    const leaf = readCertificate(Buffer.from(der));
    // Whether it or its issuer has ended meanwhile does not matter.
    const at = leaf.notBefore;
    verifyChain({ leaf, ...servedCertificates(anchors, at), at, purpose: 'clientAuth' });
    return leaf.isAuthority ? undefined : { serial: leaf.serial, subject: leaf.x509.subject };
  } catch {
    return undefined;
  }
}

/** What a machine signs to renew: see `KeyProof` in `provision/v1/enrolment.proto`. */
export const renewalMessage = (csr: Uint8Array): Buffer => Buffer.concat([RENEW, csr]);

const RENEW = Buffer.from('provision.v1.Renew\0', 'latin1');

function isSignedBy(
  { certificate, signature }: Extract<MachineProof, { kind: 'signature' }>,
  signed: Buffer | undefined,
): boolean {
  if (!signed) return false;
  // It is one that this authority made.
  const { publicKey } = new X509Certificate(certificate);
  return verify(digestOf(publicKey), signed, publicKey, signature);
}

/** SHA-384 for P-384, none for Ed25519, SHA-256 for all others. */
function digestOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  if (asymmetricKeyType === 'ed25519') return null;
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256';
}
