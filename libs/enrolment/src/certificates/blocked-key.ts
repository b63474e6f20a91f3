import type { CertificateRequest } from '@org/pki';
import type { EnrolmentContext } from '../context.js';
import { csrKeyBlocked } from '../errors.js';

/**
 * Whoever has a key that became known to others must not come back with it, as whatever machine.
 *
 * @throws ProvisionError invalid `csr_key_blocked`
 */
export async function assertKeyNotBlocked(
  { certificates }: Pick<EnrolmentContext, 'certificates'>,
  { keyFingerprint }: Pick<CertificateRequest, 'keyFingerprint'>,
): Promise<void> {
  const { records } = await certificates.list({ keyFingerprint, revokedFor: 'keyCompromise', limit: 1 });
  if (records.length > 0) throw csrKeyBlocked();
}
