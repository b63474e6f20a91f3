import { compareBy, passes, readListQuery } from '../entities/list-query.js';
import { isRoute, isUuid } from '../entities/names.js';
import { anyObject, fields, text, texts } from '../http/go-json.js';
import { badRequest, forbidden, notFound, unprocessable } from '../http/refusal.js';
import { type Reply, empty, json, omitEmpty } from '../http/reply.js';
import { type Request, readBody } from '../http/request.js';
import type { Handlers } from '../http/service-server.js';
import { isoTime } from '../wire-time.js';
import type { World } from '../world.js';
import { type Domain, type DomainStatus, MOST_DOMAIN_NAME_CHARS } from './domains.js';
import { roleHandlers } from './role-handlers.js';

const domainShape = fields({ id: text, name: text, route: text, tags: texts, metadata: anyObject });
const updateShape = fields({ name: text, tags: texts, metadata: anyObject });
const LIST_RULES = {
  statuses: ['enabled', 'disabled', 'freezed', 'deleted', 'all'],
  emptyStatusIsEnabled: true,
  boundsLimit: false,
};

/** The domains service (Magistrala wire §6). */
export function domainHandlers(world: World): Handlers<'domains'> {
  const { domains, permissions } = world;

  function changeStatus({ session }: Request, status: DomainStatus): Reply {
    const domain = permissions.requireInDomain(session, 'admin');
    setStatus(domain, status, session.userId);
    return empty(200);
  }

  function setStatus(domain: Domain, status: DomainStatus, by: string): void {
    domain.status = status;
    domain.updated_at = isoTime(world.clock);
    domain.updated_by = by;
  }

  return {
    create: (request) => {
      const body = readBody(request, domainShape);
      const { id = '', name = '', route = '' } = body;
      // With an id, nothing else is checked here; the database still wants a route.
      if (id === '') checkNameAndRoute(name, route);
      else if (!isUuid(id)) throw badRequest('invalid id format provided');
      const domain = domains.add({ ...body, id: id === '' ? undefined : id }, request.session.userId);
      return json(201, presentDomain(domain));
    },
    list: ({ query, session }) => {
      const asked = readListQuery(query, LIST_RULES);
      const matching = domains
        .all()
        .filter((domain) => (session.isAdmin || domain.members.has(session.userId)) && passes(domain, asked))
        .sort(compareBy(asked));
      const { offset, limit, onlyTotal } = asked;
      const page = onlyTotal ? [] : matching.slice(offset, offset + limit);
      return json(200, {
        total: matching.length,
        ...(offset > 0 && { offset }),
        ...(limit > 0 && { limit }),
        ...(page.length > 0 && { domains: page.map(presentDomain) }),
      });
    },
    view: ({ query, session }) => {
      query.flag('roles');
      return json(200, presentDomain(permissions.requireInDomain(session, 'membership')));
    },
    update: (request) => {
      const { name, tags, metadata } = readBody(request, updateShape);
      const domain = permissions.requireInDomain(request.session, 'admin');
      if (name !== undefined && name.length > MOST_DOMAIN_NAME_CHARS)
        throw unprocessable('update entity failed');
      Object.assign(domain, {
        ...(name !== undefined && { name }),
        ...(tags && { tags }),
        ...(metadata && { metadata }),
      });
      setStatus(domain, domain.status, request.session.userId);
      return json(200, presentDomain(domain));
    },
    enable: (request) => changeStatus(request, 'enabled'),
    disable: (request) => changeStatus(request, 'disabled'),
    freeze: ({ session }) => {
      if (!session.isAdmin) throw forbidden();
      const domain = domains.get(session.domainId);
      if (!domain) throw notFound();
      setStatus(domain, 'freezed', session.userId);
      return empty(200);
    },
    ...roleHandlers(world),
  };
}

function checkNameAndRoute(name: string, route: string): void {
  if (name === '') throw badRequest('missing identity name');
  if (route === '') throw badRequest('missing route');
  if (!isUuid(route) && !isRoute(route)) throw badRequest('invalid route format');
}

function presentDomain(domain: Domain): object {
  const { id, name, metadata, tags, route, status, created_by, created_at, updated_by, updated_at } = domain;
  return {
    id,
    name,
    ...omitEmpty({ metadata, tags, route }),
    status,
    ...omitEmpty({ created_by }),
    created_at,
    ...omitEmpty({ updated_by }),
    updated_at,
  };
}
