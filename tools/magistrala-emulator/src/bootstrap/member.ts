import type { Request } from '../http/request.js';
import type { World } from '../world.js';

/**
 * The one permission of the bootstrap service: membership of the domain.
 *
 * @throws Refusal
 */
export function requireMember(
  { permissions }: World,
  { session }: Request,
  operation: string,
  entityId = '*',
): void {
  permissions.requireInDomain(session, 'membership', {
    entity_type: 'bootstrap',
    operation,
    entity_id: entityId,
  });
}
