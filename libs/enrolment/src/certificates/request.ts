import { type Grantee } from '@org/pki';
import { type CertificateRequest, readCsr } from '@org/x509';
import type { EnrolmentContext } from '../context.js';
import { assertKeyNotBlocked } from './blocked-key.js';

/**
 * Reads a certificate request.
 *
 * @throws ProvisionError invalid: `csr_key_blocked`, and as `readCsr`
 */
export async function readRequest(context: EnrolmentContext, csr: Uint8Array): Promise<CertificateRequest> {
  const request = readCsr(csr, context.csrRules);
  await assertKeyNotBlocked(context, request);
  return request;
}

/**
 * Reads a certificate request, and refuses what the issuer would refuse: before anything is used up, or a person is asked.
 *
 * @throws ProvisionError invalid: as `readRequest` and `Issuer.check`
 */
export async function readGrantable(
  context: EnrolmentContext,
  csr: Uint8Array,
  grantee: Grantee,
): Promise<CertificateRequest> {
  const request = await readRequest(context, csr);
  context.issuer.check(request, grantee);
  return request;
}
