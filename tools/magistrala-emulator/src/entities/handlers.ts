import type { Session } from '../auth/session.js';
import { badRequest, forbidden, notFound, unprocessable } from '../http/refusal.js';
import { type Reply, empty, json } from '../http/reply.js';
import { type Handler, type Request, param, readBody } from '../http/request.js';
import { isoTime } from '../wire-time.js';
import type { World } from '../world.js';
import type { Entity, EntityStatus } from './entity.js';
import type { EntityStore } from './entity-store.js';
import { checkName, parentShape, tagsShape, updateShape } from './new-entity.js';

/** What sets one kind of entity apart from the other. */
export interface EntityKind<E extends Entity> {
  readonly name: 'clients' | 'channels';
  readonly idParam: string;
  readonly store: EntityStore<E>;
  /** Actions on channels skip the check of the domain's state (Magistrala wire §1.8). */
  readonly checksDomain: boolean;
  /** As the answers to view and update show it. */
  present(entity: E): object;
  /** As the answers to all other changes show it. */
  presentChanged(entity: E): object;
  /** Takes the members of an update that only this kind has. */
  updateMore(entity: E, body: ReturnType<typeof updateShape>): void;
  /** Removes what hangs on an entity that goes. */
  removeMore(entity: E): void;
}

type Shared =
  'view' | 'update' | 'update_tags' | 'enable' | 'disable' | 'set_parent' | 'remove_parent' | 'delete';

/** The entity that the path names, if the caller may do this with it. */
export function entityInPath<E extends Entity>(
  world: World,
  kind: Pick<EntityKind<E>, 'name' | 'idParam' | 'store' | 'checksDomain'>,
  request: Request,
  operation: string,
): E {
  const id = param(request, kind.idParam);
  if (kind.checksDomain) world.permissions.requireOpenDomain(request.session);
  const demand = { entity_type: kind.name, operation, entity_id: id };
  return world.permissions.requireOnEntity(request.session, kind.store.get(id), demand);
}

export function touch(world: World, entity: Entity, session: Session): void {
  entity.updated_at = isoTime(world.clock);
  entity.updated_by = session.userId;
}

/** Handlers that clients and channels share. */
export function entityHandlers<E extends Entity>(world: World, kind: EntityKind<E>): Record<Shared, Handler> {
  const inPath = (request: Request, operation: string) => entityInPath(world, kind, request, operation);

  /** Updates match enabled rows only. */
  const enabledInPath = (request: Request, operation: string) => {
    const entity = inPath(request, operation);
    if (entity.status !== 'enabled') throw notFound();
    return entity;
  };

  const changeStatus = (request: Request, operation: string, status: EntityStatus): Reply => {
    const entity = inPath(request, operation);
    if (entity.status === status) throw unprocessable('status already assigned');
    entity.status = status;
    touch(world, entity, request.session);
    return json(200, kind.presentChanged(entity));
  };

  return {
    view: (request) => {
      request.query.flag('roles');
      return json(200, kind.present(inPath(request, 'view')));
    },
    update: (request) => {
      const body = readBody(request, updateShape);
      checkName(body.name);
      const entity = enabledInPath(request, 'update');
      if (body.name) entity.name = body.name;
      if (body.metadata) kind.store.setMetadata(entity, body.metadata);
      kind.updateMore(entity, body);
      touch(world, entity, request.session);
      return json(200, kind.present(entity));
    },
    update_tags: (request) => {
      const { tags = [] } = readBody(request, tagsShape);
      const entity = enabledInPath(request, 'update_tags');
      entity.tags = tags;
      touch(world, entity, request.session);
      return json(200, kind.presentChanged(entity));
    },
    enable: (request) => changeStatus(request, 'enable', 'enabled'),
    disable: (request) => changeStatus(request, 'disable', 'disabled'),
    set_parent: (request) => {
      const { parent_group_id: parent = '' } = readBody(request, parentShape);
      if (parent === '') throw badRequest('missing parent group id');
      inPath(request, 'set_parent_group');
      // There is no groups service here, and no one has a permission on a group that does not exist.
      throw forbidden();
    },
    remove_parent: (request) => {
      const entity = inPath(request, 'remove_parent_group');
      if (entity.parent_group_id !== '') throw forbidden();
      return empty(204);
    },
    delete: (request) => {
      const entity = inPath(request, 'delete');
      kind.removeMore(entity);
      entity.status = 'deleted';
      // "No policies provided", it logs, having found none to delete by the rows of roles.
      if (!entity.roles) throw badRequest('malformed entity specification');
      entity.policies = false;
      kind.store.remove(entity);
      return empty(204);
    },
  };
}
