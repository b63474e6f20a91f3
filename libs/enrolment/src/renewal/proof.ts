import { type KeyObject, X509Certificate, verify } from 'node:crypto';
import { fingerprint } from '@org/x509';
import type { EnrolmentContext } from '../context.js';
import { certificateRevoked, certificateUnknown, proofInvalid } from '../errors.js';
import type { Seen } from '../machines/seen.js';
import type { MachineProof } from '../use-case-types.js';

/**
 * The machine that a proof is of. Its certificate counts because it is on record here, so no chain has to be checked; it may
 * have expired.
 *
 * @param signed the octets that a signature has to be over; undefined where only TLS proves anything
 * @throws ProvisionError unauthenticated `proof_invalid`; forbidden `certificate_unknown`, `certificate_revoked`
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
  { certificates, machines, issuer }: EnrolmentContext,
  proof: MachineProof,
  signed?: Buffer,
): Promise<Seen> {
  const page = await certificates.list({ fingerprint: fingerprint(proof.certificate), limit: 1 });
  const [certificate] = page.records;
  // Others of its name were made with a key that others know.
  if (!certificate || certificate.profile !== issuer.defaultProfile) throw certificateUnknown();
  const machine = await machines.find(certificate.machineId);
  if (!machine) throw certificateUnknown();
  if (proof.kind === 'signature' && !isSignedBy(proof, signed)) throw proofInvalid();
  return { machine, certificate };
}

/** What a machine signs to renew: see `KeyProof` in `provision/v1/enrolment.proto`. */
export const renewalMessage = (csr: Uint8Array): Buffer => Buffer.concat([RENEW, csr]);

const RENEW = Buffer.from('provision.v1.Renew\0', 'latin1');

function isSignedBy(
  { certificate, signature }: Extract<MachineProof, { kind: 'signature' }>,
  signed: Buffer | undefined,
): boolean {
  if (!signed) return false;
  // It is on record, so it is one that this authority made.
  const { publicKey } = new X509Certificate(certificate);
  return verify(digestOf(publicKey), signed, publicKey, signature);
}

/** SHA-384 for P-384, none for Ed25519, SHA-256 for all others. */
function digestOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  if (asymmetricKeyType === 'ed25519') return null;
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256';
}
