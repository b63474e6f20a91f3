import { randomUUID } from 'node:crypto';
import type { Clock } from '@org/domain';
import type { Session } from '../auth/session.js';
import { type Fields, type Shape, anyObject, fields, text, texts, time } from '../http/go-json.js';
import { badRequest } from '../http/refusal.js';
import { ZERO_TIME, isoTime } from '../wire-time.js';
import { ENTITY_STATUSES, type Entity, type EntityStatus } from './entity.js';
import { MOST_NAME_BYTES } from './names.js';

/**
 * `status` in a body. Magistrala's own decoder raises "invalid status", not "malformed JSON", and it sees `null`
 * and numbers as texts. Clients take an empty text for enabled, channels refuse it.
 */
function statusShape(emptyIsEnabled: boolean): Shape<string> {
  const shape: Shape<string> = (value) => {
    if (value === '' && emptyIsEnabled) return 'enabled';
    const known = ENTITY_STATUSES.find((status) => status === value);
    if (known === undefined) throw badRequest('invalid status');
    return known;
  };
  return Object.assign(shape, { seesNull: true });
}

export const entityShapes = (emptyStatusIsEnabled: boolean) => ({
  id: text,
  name: text,
  tags: texts,
  parent_group_id: text,
  metadata: anyObject,
  created_at: time,
  updated_at: time,
  updated_by: text,
  status: statusShape(emptyStatusIsEnabled),
});

type EntityBody = Fields<ReturnType<typeof entityShapes>>;

export const updateShape = fields({
  name: text,
  metadata: anyObject,
  private_metadata: anyObject,
  tags: texts,
});
export const tagsShape = fields({ tags: texts });
export const parentShape = fields({ parent_group_id: text });

export function checkName(name = ''): void {
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) throw badRequest('invalid name size');
}

/** The entity that a body asks for. The caller's id is honoured; the domain and the time of creation are not. */
export function newEntity(body: EntityBody, session: Session, clock: Clock): Entity {
  const { status = 'enabled' } = body;
  if (status !== 'enabled' && status !== 'disabled') throw badRequest('invalid status');
  return {
    id: body.id || randomUUID(),
    domain_id: session.domainId,
    name: body.name ?? '',
    tags: body.tags ?? [],
    metadata: body.metadata ?? {},
    parent_group_id: body.parent_group_id ?? '',
    status: status as EntityStatus,
    created_at: isoTime(clock),
    updated_at: body.updated_at ?? ZERO_TIME,
    updated_by: body.updated_by ?? '',
    ownerId: session.userId,
    ownerRoleId: randomUUID(),
    policies: true,
    roles: true,
    seenFrom: 0,
  };
}
