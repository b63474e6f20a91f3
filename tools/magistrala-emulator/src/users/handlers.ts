import { bearerToken } from '../auth/authenticator.js';
import { fields, text } from '../http/go-json.js';
import {
  Refusal,
  badRequest,
  forbidden,
  missingId,
  notFound,
  unprocessable,
  unsupportedType,
} from '../http/refusal.js';
import { empty, json, omitEmpty } from '../http/reply.js';
import { type Request, contentType, param, readBody } from '../http/request.js';
import type { Handlers } from '../http/service-server.js';
import { hashed } from '../auth/pats.js';
import type { Session } from '../auth/session.js';
import { isoTime } from '../wire-time.js';
import type { World } from '../world.js';
import { newUserShape, validateNewUser } from './new-user.js';
import type { User } from './users.js';

const credentials = fields({ username: text, password: text, description: text });
const revocation = fields({ token_id: text });

export function userHandlers(world: World): Handlers<'users'> {
  const { users, sessions } = world;

  /** The caller, if still allowed in. */
  function caller(session: Session): User {
    const user = users.get(session.userId);
    if (!user) throw notFound();
    if (user.status === 'disabled') throw new Refusal(401, 'failed to login in disabled user');
    return user;
  }

  function requireAdmin(session: Session): void {
    if (!session.isAdmin) throw forbidden();
  }

  function changeStatus(request: Request, status: User['status']) {
    requireAdmin(request.session);
    const user = users.get(param(request, 'id'));
    if (!user) throw notFound();
    if (user.status === status) throw unprocessable('status already assigned');
    user.status = status;
    user.updated_at = isoTime(world.clock);
    return json(200, present(user));
  }

  return {
    create: (request) => {
      const user = users.add(validateNewUser(readBody(request, newUserShape)));
      return json(201, present(user), { location: `/users/${user.id}` });
    },
    list: ({ query, session }) => {
      requireAdmin(session);
      const limit = query.number('limit', 10);
      const offset = query.number('offset', 0);
      if (limit < 1 || limit > 100) throw badRequest('invalid limit size');
      const all = users.all();
      const page = all.slice(offset, offset + limit).map(present);
      return json(200, { limit, ...(offset > 0 && { offset }), total: all.length, users: page });
    },
    view_profile: ({ session }) => json(200, present(users.get(session.userId) ?? raise(notFound()))),
    view: (request) => {
      const user = users.get(param(request, 'id')) ?? raise(notFound());
      const { session } = request;
      return json(200, session.isAdmin || session.userId === user.id ? present(user) : presentToOthers(user));
    },
    issue_token: async (request) => {
      const { username = '', password = '', description } = readBody(request, credentials);
      if (username === '') throw badRequest('missing username / email');
      if (password === '') throw badRequest('missing password');
      const user = users.find(username);
      // Only enabled users are looked for.
      if (user?.status !== 'enabled') throw notFound();
      if (user.passwordHash !== hashed(password)) throw unprocessable('compare hash and password failed');
      return json(201, await sessions.issue(user, description));
    },
    refresh_token: async (request) => {
      if (!contentType(request).includes('application/json')) throw unsupportedType();
      const user = caller(request.session);
      return json(201, await sessions.refresh(user, bearerToken(request.headers.authorization)));
    },
    revoke_token: (request) => {
      const { token_id: tokenId = '' } = readBody(request, revocation);
      if (tokenId === '') throw missingId();
      sessions.revoke(caller(request.session).id, tokenId);
      return empty(204);
    },
    list_tokens: ({ session }) =>
      json(200, { refresh_tokens: sessions.list(caller(session).id).map(omitEmpty) }),
    enable: (request) => changeStatus(request, 'enabled'),
    disable: (request) => changeStatus(request, 'disabled'),
    delete: (request) => {
      requireAdmin(request.session);
      users.remove(users.get(param(request, 'id')) ?? raise(notFound()));
      return empty(204);
    },
  };
}

function raise(refusal: Refusal): never {
  throw refusal;
}

function presentToOthers({ id, first_name, last_name, metadata, username }: User) {
  return { ...omitEmpty({ id, first_name, last_name, metadata }), credentials: { username } };
}

function present(user: User) {
  const { id, first_name, last_name, tags, metadata, status, role, username, email } = user;
  const { created_at, updated_at, verified_at } = user;
  return {
    ...omitEmpty({ id, first_name, last_name, tags, metadata, status, role }),
    credentials: { username },
    email,
    created_at,
    updated_at,
    verified_at,
  };
}
