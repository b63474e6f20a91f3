import { randomUUID } from 'node:crypto';

/**
 * Magistrala makes roles out of single actions, of which its SpiceDB schema derives permissions. These stand for the usual
 * ones: `admin` may do everything in the domain; `member` everything but administer it and its roles; `reader` only look;
 * `installer` create clients and channels, and everything with those.
 */
export const DOMAIN_ROLES = ['admin', 'member', 'reader', 'installer'] as const;
export type DomainRole = (typeof DOMAIN_ROLES)[number];

export type EntityType = 'client' | 'channel';

const ROLE_ACTIONS = ['manage_role', 'add_role_users', 'remove_role_users', 'view_role_users'];
const CHANGES = ['update', 'read', 'delete', 'set_parent_group'];
const USES: Record<EntityType, readonly string[]> = {
  client: [...CHANGES, 'connect_to_channel'],
  channel: [...CHANGES, 'connect_to_client', 'publish', 'subscribe'],
};
const inDomain = (type: EntityType, actions: readonly string[]) =>
  ['create', ...actions].map((action) => `${type}_${action}`);

const ACTIONS: Record<DomainRole, readonly string[]> = {
  admin: [
    ...['update', 'enable', 'disable', 'read', 'delete', ...ROLE_ACTIONS],
    ...inDomain('client', [...USES.client, ...ROLE_ACTIONS]),
    ...inDomain('channel', [...USES.channel, ...ROLE_ACTIONS]),
  ],
  member: ['read', ...inDomain('client', USES.client), ...inDomain('channel', USES.channel)],
  reader: ['read', 'client_read', 'channel_read'],
  installer: ['read', 'client_create', 'channel_create'],
};

const ADMINISTERS = ['read', 'update', 'enable', 'disable', 'delete', ...ROLE_ACTIONS];

/** Every action that this emulator knows; Magistrala has more, for services that are not here. */
export const DOMAIN_ACTIONS = ACTIONS.admin;

export const actionsOf = (role: DomainRole): readonly string[] => ACTIONS[role];

const permissionsFor = (actions: readonly string[]) => actions.map((action) => `${action}_permission`);

/** A role in a domain. */
export interface Role {
  readonly id: string;
  readonly name: string;
  /** Of the schema's definition `domain`. */
  readonly permissions: ReadonlySet<string>;
  readonly created_by: string;
  readonly created_at: string;
}

type RoleFacts = Pick<Role, 'name' | 'created_by' | 'created_at'>;

export function newRole(facts: RoleFacts, actions: readonly string[]): Role {
  const isMember = actions.length > 0;
  const isAdmin = ADMINISTERS.every((action) => actions.includes(action));
  const permissions = new Set([
    ...permissionsFor(actions),
    ...(isMember ? ['membership'] : []),
    ...(isAdmin ? ['admin'] : []),
  ]);
  return { id: `domain_${randomUUID()}`, ...facts, permissions };
}

/** The permissions that the schema has, by its definitions; any other name is an error there. */
export const PERMISSIONS: Readonly<Record<'domain' | EntityType, ReadonlySet<string>>> = {
  domain: new Set(['membership', 'admin', ...permissionsFor(ACTIONS.admin)]),
  client: new Set(permissionsFor([...USES.client, ...ROLE_ACTIONS])),
  channel: new Set(permissionsFor([...USES.channel, ...ROLE_ACTIONS])),
};

/** Who asks. */
interface Holder {
  /** Of the platform. */
  readonly isAdmin: boolean;
  /** In the domain that it is about. */
  readonly role: Role | undefined;
}

/** @param permission of the definition `domain` */
export function allowsInDomain({ isAdmin, role }: Holder, permission: string): boolean {
  return isAdmin || (role !== undefined && role.permissions.has(permission));
}

/** @param permission of the definition of the type; who created the entity has a role of its own on it, with all of them */
export function allowsOnEntity(
  holder: Holder & { readonly isOwner: boolean },
  type: EntityType,
  permission: string,
): boolean {
  return holder.isOwner || allowsInDomain(holder, `${type}_${permission}`);
}
