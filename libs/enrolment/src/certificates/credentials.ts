import { X509Certificate } from 'node:crypto';
import { type CertificateRecord, type IssuedCertificate, chainBehind } from '@org/pki';
import { renewalDue } from '@org/x509';
import type { EnrolmentContext } from '../context.js';
import type { Machine } from '../machines/machine-store.js';
import type { MachineCredentials } from '../use-case-types.js';

/** A certificate that has been signed. */
export type Signed = Pick<IssuedCertificate, 'serial' | 'certificate' | 'notBefore' | 'notAfter'>;

/** Records in the state `signed` (or revoked after it) have their certificate. */
export const signedOf = ({ certificate, ...record }: CertificateRecord): Signed => ({
  ...record,
  certificate: certificate!,
});

/** The root is that of the certificate; older ones, which a device may know by their fingerprint, are at the bundle's end. */
export function credentialsOf(
  { anchors, clock }: Pick<EnrolmentContext, 'anchors' | 'clock'>,
  machineId: string,
  { serial, certificate, notBefore, notAfter }: Signed,
): MachineCredentials {
  const behind = chainBehind(anchors(), new X509Certificate(certificate), clock.now());
  const [root, ...older] = behind.roots;
  return {
    machineId,
    serial,
    certificate,
    caBundle: [...behind.intermediates, ...older].map(({ der }) => der),
    root: root!.der,
    notAfter,
    renewAt: plannedRenewal({ serial, notBefore, notAfter }),
  };
}

/** The serial's random octets are the jitter: the same whenever it is asked for. */
function plannedRenewal({ serial, notBefore, notAfter }: Omit<Signed, 'certificate'>): number {
  const jitter = Number.parseInt(serial.slice(-8), 16) / 2 ** 32;
  return renewalDue({ notBefore, notAfter, now: notBefore, jitter }).at;
}

/** When a certificate is to be renewed: at once where an operator wants a newer one. */
export function renewAtOf(record: CertificateRecord, { reissue }: Pick<Machine, 'reissue'>): number {
  const planned = plannedRenewal(record);
  return reissue && record.recordedAt <= reissue.at ? Math.min(planned, reissue.at) : planned;
}
