import type { IssueOptions, IssuedCertificate } from '@org/pki';
import type { EnrolmentContext } from '../context.js';
import { certificateRevoked, isCode } from '../errors.js';

/**
 * Issues to a machine on record, unless it is revoked meanwhile: the revocation may not have seen this certificate.
 *
 * @throws ProvisionError forbidden `certificate_revoked`, and as `Issuer.issue`
 */
export async function issueToMachine(
  { issuer, machines }: EnrolmentContext,
  order: IssueOptions,
): Promise<IssuedCertificate> {
  const isActive = async () => (await machines.find(order.machineId))?.state === 'active';
  let issued: IssuedCertificate;
  try {
    issued = await issuer.issue(order);
  } catch (error) {
    // Its record was revoked before it was signed.
    throw isCode(error, 'not_intended') && !(await isActive()) ? certificateRevoked() : error;
  }
  if (await isActive()) return issued;
  await issuer.revoke(issued.serial, 'cessationOfOperation');
  throw certificateRevoked();
}
