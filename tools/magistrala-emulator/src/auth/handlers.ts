import { randomUUID } from 'node:crypto';
import { parseDuration } from '@org/domain';
import { MalformedJson, type Fields, fields, listOf, number, text } from '../http/go-json.js';
import { Refusal, badRequest, notFound, unauthenticated } from '../http/refusal.js';
import { empty, json, omitEmpty } from '../http/reply.js';
import { type Request, decode, param, readBody } from '../http/request.js';
import type { Handlers } from '../http/service-server.js';
import { ZERO_TIME } from '../wire-time.js';
import type { World } from '../world.js';
import { bearerToken } from './authenticator.js';
import type { PersonalToken } from './pats.js';
import { API_KEY, NO_ROLE } from './tokens.js';

const createShape = fields({ name: text, description: text, duration: text });
type ScopeBody = Fields<Record<'domain_id' | 'entity_type' | 'operation' | 'entity_id', typeof text>>;
const scopesShape = fields({
  scopes: listOf<ScopeBody>(
    fields({ domain_id: text, entity_type: text, operation: text, entity_id: text }),
    () => ({}),
  ),
});

const keyShape = fields({ type: number, duration: number });
/** Go's zero time: an API key without a duration has ended before it was made. */
const NEVER_SET_SECONDS = Date.parse(ZERO_TIME) / 1000;

const JWKS_CACHING = 'public, max-age=900, stale-while-revalidate=60';

/** The HTTP side of the auth service: keys and personal access tokens (Magistrala wire §1.6, §1.7). */
export function authHandlers(world: World): Handlers<'auth'> {
  const { pats, tokens, authenticator } = world;

  /** These endpoints refuse a personal access token before all else. */
  function refusePat({ headers }: Request): void {
    if (bearerToken(headers.authorization).startsWith('pat'))
      throw badRequest('unsupported content token type');
  }

  async function caller({ headers }: Request): Promise<string> {
    const token = bearerToken(headers.authorization);
    if (token === '') throw new Refusal(401, 'missing or invalid bearer user token');
    const identity = await authenticator.identify(token);
    if (!identity) throw unauthenticated();
    return identity.userId;
  }

  async function ownInPath(request: Request): Promise<PersonalToken> {
    const token = pats.ofUser(await caller(request), param(request, 'id'));
    if (!token) throw notFound();
    return token;
  }

  return {
    jwks: () => json(200, { keys: [tokens.jwk] }, { 'cache-control': JWKS_CACHING }),
    create_key: async (request) => {
      const { type = 0, duration = 0 } = readBody(request, keyShape);
      if (type !== API_KEY) throw badRequest('invalid api key type');
      const sub = await caller(request);
      const exp = duration === 0 ? NEVER_SET_SECONDS : tokens.seconds() + duration;
      const claims = { sub, type, role: NO_ROLE, verified: false, jti: randomUUID(), exp };
      return json(201, { value: await tokens.sign(claims), issued_at: ZERO_TIME });
    },
    create_pat: async (request) => {
      refusePat(request);
      const { name = '', description = '', duration = '' } = readBody(request, createShape);
      const durationMs = decode(() => readDuration(duration));
      const userId = await caller(request);
      if (name.trim() === '') throw badRequest('missing identity name');
      const { token, secret } = pats.create({ userId, name, description, durationMs });
      return json(201, presentPat(token, secret));
    },
    add_pat_scope: async (request) => {
      refusePat(request);
      const { scopes = [] } = readBody(request, scopesShape);
      if (scopes.length === 0) throw badRequest('something went wrong with the request');
      const checked = scopes.map(({ domain_id = '', entity_type = '', operation = '', entity_id = '' }) => {
        if (entity_id === '') throw badRequest('missing entity id');
        if (domain_id === '') throw badRequest('missing domainID');
        return { domain_id, entity_type, operation, entity_id };
      });
      (await ownInPath(request)).scopes.push(...checked);
      return empty(200);
    },
    revoke_pat: async (request) => {
      refusePat(request);
      (await ownInPath(request)).revoked = true;
      return empty(204);
    },
    delete_pat: async (request) => {
      refusePat(request);
      pats.remove((await ownInPath(request)).id);
      return empty(204);
    },
  };
}

function readDuration(duration: string): number {
  const ms = parseDuration(duration);
  if (ms === undefined) throw new MalformedJson('no duration');
  return ms;
}

function presentPat(
  { id, userId, name, description, issuedAt, expiresAt }: PersonalToken,
  secret: string,
): object {
  return {
    ...omitEmpty({ id, user_id: userId, name, description, secret }),
    issued_at: new Date(issuedAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    updated_at: ZERO_TIME,
    last_used_at: ZERO_TIME,
    revoked_at: ZERO_TIME,
    status: 'active',
  };
}
