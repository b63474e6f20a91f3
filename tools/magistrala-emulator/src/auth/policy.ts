import { PERMISSIONS, allowsInDomain, allowsOnEntity } from '../domains/roles.js';
import { hasPolicies } from '../permissions.js';
import type { World } from '../world.js';

/** A question to the auth service (Magistrala wire §1.8). */
interface PolicyQuestion {
  readonly subjectType: string;
  /** `<domain>_<user>`, or a plain user id for platform administrators. */
  readonly subject: string;
  readonly permission: string;
  readonly object: string;
  readonly objectType: string;
}

type PolicyAnswer = 'allowed' | 'denied' | 'malformed';

const PLATFORM = 'magistrala';
const DEFINITIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  ...PERMISSIONS,
  platform: new Set(['admin', 'membership']),
};

/** What SpiceDB would say of the roles that domains have here. */
export function judge(world: World, question: PolicyQuestion): PolicyAnswer {
  const { subjectType, subject, permission, object, objectType } = question;
  if (subjectType === '' || subject === '' || object === '') return 'malformed';
  if (!DEFINITIONS[objectType]?.has(permission)) return 'malformed';
  if (objectType === 'platform' && object !== PLATFORM) return 'malformed';
  return subjectType === 'user' && isAllowed(world, question) ? 'allowed' : 'denied';
}

function isAllowed(world: World, { subject, permission, object, objectType }: PolicyQuestion): boolean {
  const isAdmin = world.users.isAdmin(subject);
  if (objectType === 'platform')
    return isAdmin || (permission === 'membership' && world.users.get(subject) !== undefined);
  const [asMemberOf, userId = ''] = subject.split('_');
  const roleIn = (domainId: string) =>
    asMemberOf === domainId ? world.domains.get(domainId)?.members.get(userId) : undefined;
  if (objectType === 'domain')
    return (
      world.domains.get(object) !== undefined && allowsInDomain({ isAdmin, role: roleIn(object) }, permission)
    );
  const type = objectType === 'client' ? 'client' : 'channel';
  const entity = world[`${type}s`].get(object);
  if (!entity || !hasPolicies(entity)) return false;
  const role = roleIn(entity.domain_id);
  const isOwner = role !== undefined && entity.ownerId === userId;
  return allowsOnEntity({ isAdmin, role, isOwner }, type, permission);
}
