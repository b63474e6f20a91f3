import { fields, flag, text } from '../http/go-json.js';
import { badRequest, missingId, notFound } from '../http/refusal.js';
import { type Reply, empty, json } from '../http/reply.js';
import { type Handler, type Request, readBody } from '../http/request.js';
import type { World } from '../world.js';
import type { Domain } from './domains.js';
import type { Invitation } from './invitations.js';

const sendShape = fields({ invitee_user_id: text, role_id: text, resend: flag });
const answerShape = fields({ domain_id: text });
const cancelShape = fields({ user_id: text });

type Operation =
  | 'send_invitation'
  | 'list_sent_invitations'
  | 'cancel_invitation'
  | 'list_invitations'
  | 'accept_invitation'
  | 'reject_invitation';

export function invitationHandlers(world: World): Record<Operation, Handler> {
  const { invitations, permissions, domains } = world;

  function answered(request: Request, answer: 'confirmed_at' | 'rejected_at'): Invitation {
    const { domain_id: domainId = '' } = readBody(request, answerShape);
    if (domainId === '') throw badRequest('missing domainID');
    return invitations.answer(request.session.userId, domainId, answer);
  }

  return {
    send_invitation: (request) => {
      const body = readBody(request, sendShape);
      const { invitee_user_id: invitee = '', role_id: roleId = '', resend = false } = body;
      if (invitee === '' || roleId === '') throw missingId();
      const { session } = request;
      const domain = permissions.requireInDomain(session, 'admin');
      const role = roleWithId(domain, roleId);
      if (!role) throw notFound();
      const named = { domain_id: domain.id, domain_name: domain.name, role_id: roleId, role_name: role.name };
      if (resend) invitations.resend(invitee, domain.id);
      else invitations.add({ invited_by: session.userId, invitee_user_id: invitee, ...named });
      return empty(201);
    },
    list_sent_invitations: (request) => {
      const { session } = request;
      return page(request, () => {
        permissions.requireInDomain(session, 'admin');
        return invitations.where({ domain_id: session.domainId });
      });
    },
    cancel_invitation: (request) => {
      const { user_id: userId = '' } = readBody(request, cancelShape);
      if (userId === '') throw missingId();
      const domain = permissions.requireInDomain(request.session, 'admin');
      invitations.remove(userId, domain.id);
      return empty(204);
    },
    list_invitations: (request) =>
      page(request, () => invitations.where({ invitee_user_id: request.session.userId })),
    accept_invitation: (request) => {
      const { domain_id, role_id, invitee_user_id } = answered(request, 'confirmed_at');
      const domain = domains.get(domain_id);
      const role = domain && roleWithId(domain, role_id);
      if (role) domain.members.set(invitee_user_id, role);
      return empty(204);
    },
    reject_invitation: (request) => {
      answered(request, 'rejected_at');
      return empty(204);
    },
  };
}

const roleWithId = ({ roles }: Domain, id: string) => [...roles.values()].find((role) => role.id === id);

function page({ query }: Request, find: () => readonly Invitation[]): Reply {
  const offset = query.number('offset', 0);
  const limit = query.number('limit', 10);
  if (limit < 1 || limit > 100) throw badRequest('invalid limit size');
  const all = find();
  return json(200, { total: all.length, offset, limit, invitations: all.slice(offset, offset + limit) });
}
