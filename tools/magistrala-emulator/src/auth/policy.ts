import type { World } from '../world.js';

/** A question to the auth service (Magistrala wire §1.8). */
export interface PolicyQuestion {
  readonly subjectType: string;
  /** `<domain>_<user>`, or a plain user id for platform administrators. */
  readonly subject: string;
  readonly permission: string;
  readonly object: string;
  readonly objectType: string;
}

export type PolicyAnswer = 'allowed' | 'denied' | 'malformed';

const PLATFORM = 'magistrala';
const READ_PERMISSIONS = ['read_permission', 'view_role_users_permission'];

/** What SpiceDB would say of the roles that domains have here. */
export function judge(world: World, question: PolicyQuestion): PolicyAnswer {
  const { subjectType, subject, object, objectType } = question;
  if (subjectType === '' || subject === '' || objectType === '' || object === '') return 'malformed';
  if (question.permission === '' || (objectType === 'platform' && object !== PLATFORM)) return 'malformed';
  return subjectType === 'user' && isAllowed(world, question) ? 'allowed' : 'denied';
}

function isAllowed(world: World, { subject, permission, object, objectType }: PolicyQuestion): boolean {
  const isAdmin = world.users.isAdmin(subject);
  if (objectType === 'platform') {
    return permission === 'membership' ? world.users.get(subject) !== undefined : isAdmin;
  }
  const domainId = domainOf(world, objectType, object);
  const domain = domainId === undefined ? undefined : world.domains.get(domainId);
  if (!domain) return false;
  if (isAdmin) return true;
  const [asMemberOf, userId = ''] = subject.split('_');
  const role = asMemberOf === domain.id ? domain.members.get(userId) : undefined;
  if (role === undefined || role === 'admin') return role === 'admin';
  if (objectType === 'domain') {
    const forMembers = /^(?:client|channel)_(?!manage_role)/.test(permission) && role === 'member';
    return permission === 'membership' || READ_PERMISSIONS.includes(permission) || forMembers;
  }
  return role === 'member' || READ_PERMISSIONS.includes(permission);
}

function domainOf({ clients, channels }: World, objectType: string, object: string): string | undefined {
  if (objectType === 'domain') return object;
  if (objectType === 'client') return clients.get(object)?.domain_id;
  return objectType === 'channel' ? channels.get(object)?.domain_id : undefined;
}
