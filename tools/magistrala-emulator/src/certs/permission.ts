import { Refusal, unprocessable } from '../http/refusal.js';
import { type Request, param } from '../http/request.js';
import type { DomainPermission } from '../permissions.js';
import type { World } from '../world.js';
import type { StoredCertificate } from './certificates.js';

/**
 * Asks for a permission as the certs service does: a lack of it is 500, with a message, and an unknown domain 422.
 *
 * @throws Refusal
 */
export function requirePermission(
  { permissions }: World,
  request: Request,
  permission: DomainPermission,
): void {
  try {
    permissions.requireInDomain(request.session, permission);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) throw unprocessable(error.message);
    if (error instanceof Refusal) throw new Refusal(500, error.message, true);
    throw error;
  }
}

/** The certificate that the path names. @throws Refusal 422 with this message */
export function certificateInPath(
  { certificates }: World,
  request: Request,
  otherwise: string,
): StoredCertificate {
  const found = certificates.get(param(request, 'id'));
  if (!found) throw unprocessable(otherwise);
  return found;
}
