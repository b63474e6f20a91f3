import { X509Certificate } from 'node:crypto';
import { type CertificateRecord, type IssuedCertificate, renewalDue } from '@org/pki';
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

export function credentialsOf(
  context: Pick<EnrolmentContext, 'served'>,
  machineId: string,
  { serial, certificate, notBefore, notAfter }: Signed,
): MachineCredentials {
  const { roots, intermediates } = context.served();
  const leaf = new X509Certificate(certificate);
  // Served first is the present authority; a certificate of an earlier one wants that in front.
  const issuers = intermediates.filter((each) => leaf.checkIssued(each.x509));
  const others = intermediates.filter((each) => !issuers.includes(each));
  return {
    machineId,
    serial,
    certificate,
    caBundle: [...issuers, ...others].map(({ der }) => der),
    root: roots[0]!.der,
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
