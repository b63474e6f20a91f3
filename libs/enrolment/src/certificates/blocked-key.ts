import type { CertificateRequest } from '@org/x509';
import type { EnrolmentContext } from '../context.js';
import { csrKeyBlocked } from '../errors.js';

/** A key has one or two certificates, as a rule. */
const MOST = 1_000;

/**
 * A device with a key that became known to others must not come back with it, as whatever machine. All keys of a machine that
 * was revoked for that count: no one knows which of them it was.
 *
 * @throws ProvisionError invalid `csr_key_blocked`
 */
export async function assertKeyNotBlocked(
  { certificates, machines }: Pick<EnrolmentContext, 'certificates' | 'machines'>,
  { keyFingerprint }: Pick<CertificateRequest, 'keyFingerprint'>,
): Promise<void> {
  const { records } = await certificates.list({ keyFingerprint, limit: MOST });
  const ids = new Set(records.map(({ machineId }) => machineId));
  const found = await Promise.all([...ids].map((id) => machines.find(id)));
  if ([...records, ...found].some((it) => it?.revocation?.reason === 'keyCompromise')) throw csrKeyBlocked();
}
