import type { Session } from '../auth/session.js';
import { Refusal, unprocessable } from '../http/refusal.js';
import { type Reply, json } from '../http/reply.js';
import type { World } from '../world.js';
import type { Entity } from './entity.js';
import type { EntityStore } from './entity-store.js';
import { type ListQuery, compareBy, passes } from './list-query.js';

/** Actions of the role that the maker of an entity gets on it. */
const OWNER_ACTIONS = ['read', 'update', 'delete', 'manage_role'];

/** How the viewer comes to see an entity; a platform administrator's listing does not say. */
interface AccessFacts {
  readonly role_id?: string;
  readonly role_name?: string;
  readonly actions?: readonly string[];
  readonly access_type?: string;
  readonly access_provider_id?: string;
  readonly access_provider_role_id?: string;
  readonly access_provider_role_name?: string;
}

interface Listing<E extends Entity> {
  readonly world: World;
  readonly store: EntityStore<E>;
  readonly query: ListQuery;
  readonly session: Session;
  /** Filters that only this kind of entity has. */
  readonly also: (entity: E) => boolean;
  /** @param asAdmin whether a platform administrator looks, who is shown less */
  readonly present: (entity: E, asAdmin: boolean) => object;
  /** `clients` or `channels`. */
  readonly itemsName: 'clients' | 'channels';
}

/** A page of the entities that the viewer sees (Magistrala wire §2.5, §0.4). */
export function listEntities<E extends Entity>(listing: Listing<E>): Reply {
  const { query, world, store, also, present, itemsName } = listing;
  const viewer = viewerOf(listing);
  const asksForRole =
    query.roleId !== '' || query.roleName !== '' || query.actions.length > 0 || query.accessType !== '';
  // The administrators' SQL has no such columns, and the database says so.
  if (viewer.isAdmin && asksForRole) throw unprocessable('view entity failed');
  const matching: E[] = [];
  const { id, metadata } = query;
  for (const entity of store.candidates(viewer.domainId, { ...(id !== '' && { id }), metadata })) {
    if (
      (viewer.isAdmin || entity.roles) &&
      world.permissions.mayOnEntity(viewer, entity, { entity_type: itemsName, operation: 'view' }) &&
      passes(entity, query) &&
      also(entity) &&
      (!asksForRole || hasRole(query, accessFacts(world, entity, viewer)))
    ) {
      matching.push(entity);
    }
  }
  const { offset, limit, onlyTotal } = query;
  const page = onlyTotal ? [] : matching.sort(compareBy(query)).slice(offset, offset + limit);
  const items = page.map((entity) => ({
    ...present(entity, viewer.isAdmin),
    ...(!viewer.isAdmin && accessFacts(world, entity, viewer)),
  }));
  return json(200, {
    limit,
    ...(offset > 0 && { offset }),
    total: matching.length,
    ...(items.length > 0 && { [itemsName]: items }),
  });
}

/** Administrators may look with another user's eyes; no one else may. */
function viewerOf({ query, session, world }: Pick<Listing<Entity>, 'query' | 'session' | 'world'>): Session {
  if (query.user === '') return session;
  if (!session.isAdmin) throw new Refusal(403, 'not authorized to perform admin action');
  return {
    ...session,
    userId: query.user,
    isAdmin: world.users.isAdmin(query.user) && query.user === session.userId,
  };
}

function accessFacts(world: World, entity: Entity, viewer: Session): AccessFacts {
  if (entity.ownerId === viewer.userId) {
    return { role_id: entity.ownerRoleId, role_name: 'admin', actions: OWNER_ACTIONS, access_type: 'direct' };
  }
  const role = world.domains.get(entity.domain_id)?.members.get(viewer.userId);
  return {
    access_type: 'domain',
    access_provider_id: entity.domain_id,
    ...(role && { access_provider_role_id: role.id, access_provider_role_name: role.name }),
  };
}

function hasRole({ roleId, roleName, actions, accessType }: ListQuery, facts: AccessFacts): boolean {
  return (
    (roleId === '' || facts.role_id === roleId) &&
    (roleName === '' || facts.role_name === roleName) &&
    (accessType === '' || facts.access_type === accessType) &&
    actions.every((action) => facts.actions?.includes(action))
  );
}
