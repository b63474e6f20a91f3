import { fields, text, texts } from '../http/go-json.js';
import { badRequest, conflict } from '../http/refusal.js';
import { json } from '../http/reply.js';
import { type Handler, readBody } from '../http/request.js';
import { ZERO_TIME } from '../wire-time.js';
import type { World } from '../world.js';
import type { Domain } from './domains.js';
import { DOMAIN_ACTIONS, type Role } from './roles.js';

const createShape = fields({ role_name: text, optional_actions: texts, optional_members: texts });
const MOST_NAME_BYTES = 200;

type Operation = 'create_role' | 'list_roles';

/** Roles of a domain (Magistrala wire §11.1). */
export function roleHandlers({ domains, permissions }: World): Record<Operation, Handler> {
  return {
    create_role: (request) => {
      const body = readBody(request, createShape);
      const { role_name: name = '', optional_actions: actions = [], optional_members: members = [] } = body;
      if (name === '') throw badRequest('empty role name');
      if (Buffer.byteLength(name) > MOST_NAME_BYTES) throw badRequest('invalid name size');
      const { session } = request;
      const domain = permissions.requireInDomain(session, 'admin');
      if (actions.some((action) => !DOMAIN_ACTIONS.includes(action)))
        throw badRequest('malformed entity specification');
      // A user has one role in a domain.
      if (members.some((member) => domain.members.has(member))) throw conflict();
      const role = domains.addRole(domain, { name, created_by: session.userId }, actions);
      for (const member of members) domain.members.set(member, role);
      const provisioned = { ...present(domain, role), optional_actions: actions, optional_members: members };
      return json(201, provisioned);
    },
    list_roles: ({ session }) => {
      const domain = permissions.requireInDomain(session, 'admin');
      const roles = [...domain.roles.values()].map((role) => present(domain, role));
      return json(200, { total: roles.length, offset: 0, limit: 10, roles });
    },
  };
}

const present = (domain: Domain, { id, name, created_by, created_at }: Role) => ({
  id,
  name,
  entity_id: domain.id,
  created_by,
  created_at,
  updated_by: '',
  updated_at: ZERO_TIME,
});
