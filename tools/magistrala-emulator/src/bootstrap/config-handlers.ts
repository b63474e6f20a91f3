import { isLike } from '../entities/like.js';
import { type Shape, anyObject, fields, text } from '../http/go-json.js';
import { Refusal, badRequest, invalidQuery, missingId, notFound, unprocessable } from '../http/refusal.js';
import { empty, json, omitEmpty } from '../http/reply.js';
import { type Handler, type Request, param, readBody } from '../http/request.js';
import type { World } from '../world.js';
import type { Config } from './configs.js';
import { requireMember } from './member.js';

const addShape = fields({
  external_id: text,
  external_key: text,
  name: text,
  content: text,
  client_cert: text,
  client_key: text,
  ca_cert: text,
  profile_id: text,
  render_context: anyObject,
});
const updateShape = fields({ name: text, content: text });
const certsShape: Shape<{ client_cert?: string; client_key?: string; ca_cert?: string }> = fields({
  client_cert: text,
  client_key: text,
  ca_cert: text,
});

const MOST_LISTED = 100;

type Operation =
  | 'add_config'
  | 'list_configs'
  | 'view_config'
  | 'update_config'
  | 'remove_config'
  | 'update_config_certs'
  | 'enable_config'
  | 'disable_config';

/** Configurations (Magistrala wire §4.1 to §4.3). */
export function configHandlers(world: World): Record<Operation, Handler> {
  const { configs, profiles } = world;

  function inPath(request: Request, operation: string): Config {
    requireMember(world, request, operation, param(request, 'configID'));
    const config = configs.get(request.session.domainId, param(request, 'configID'));
    if (!config) throw notFound();
    return config;
  }

  /** Idempotent, and shows everything but the key. */
  function changeStatus(request: Request, status: Config['status']) {
    const config = inPath(request, 'change_state');
    config.status = status;
    return json(200, presentWhole(config));
  }

  return {
    add_config: async (request) => {
      const { external_id = '', external_key = '', profile_id = '', ...rest } = readBody(request, addShape);
      if (external_id === '') throw missingId();
      if (external_key === '') throw new Refusal(401, 'missing or invalid bearer entity key');
      requireMember(world, request, 'create', '*');
      const {
        name = '',
        content = '',
        client_cert = '',
        client_key = '',
        ca_cert = '',
        render_context,
      } = rest;
      const domain_id = request.session.domainId;
      const ids = { domain_id, external_id, external_key, profile_id };
      const config = { ...ids, name, content, client_cert, client_key, ca_cert, render_context };
      await world.hashing.hash();
      // A row or no row, as chance has it, when no one waits any more.
      if (request.gone() && world.chance.next() < 0.5) return empty(201);
      // Only a foreign key: a profile of any domain will do.
      const known = profile_id === '' || profiles.existsAnywhere(profile_id);
      const added = configs.add(config, () => {
        if (!known) throw unprocessable('failed to add bootstrap configuration');
      });
      const certificates = omitEmpty({ client_cert, ca_cert, client_key });
      const location = `/clients/configs/${added.id}`;
      return json(201, { ...presentConfig(added), ...certificates }, { location });
    },
    list_configs: (request) => {
      const limit = request.query.number('limit', 10);
      const offset = request.query.number('offset', 0);
      // Nothing here asks whether the caller is a member of the domain.
      const matching = filtered(world, request);
      if (limit > MOST_LISTED) throw badRequest('invalid limit size');
      const page = matching.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(offset, offset + limit);
      return json(200, { total: matching.length, offset, limit, configs: page.map(presentConfig) });
    },
    view_config: (request) => json(200, presentConfig(inPath(request, 'view'))),
    update_config: (request) => {
      const { name = '', content = '' } = readBody(request, updateShape);
      const config = inPath(request, 'update');
      configs.rename(config, name);
      config.content = content;
      return empty(200);
    },
    remove_config: (request) => {
      const id = param(request, 'configID');
      requireMember(world, request, 'remove', id);
      const config = configs.get(request.session.domainId, id);
      if (config) configs.remove(config);
      return empty(204);
    },
    update_config_certs: (request) => {
      const { client_cert = '', client_key = '', ca_cert = '' } = readBody(request, certsShape);
      const config = inPath(request, 'update_cert');
      Object.assign(config, { client_cert, client_key, ca_cert });
      return json(200, omitEmpty({ id: config.id, ca_cert, client_cert, client_key }));
    },
    enable_config: (request) => changeStatus(request, 'enabled'),
    disable_config: (request) => changeStatus(request, 'disabled'),
  };
}

function filtered({ configs }: World, { query, search, session }: Request): Config[] {
  if (/%(?![0-9A-Fa-f]{2})|;/.test(search)) throw invalidQuery();
  const status = readStatus(query.first('status') ?? '');
  const externalId = query.first('external_id');
  const id = query.first('id');
  const name = query.first('name');
  const byExternalId = externalId === undefined ? undefined : configs.byExternal(externalId);
  const candidates =
    externalId === undefined ? configs.inDomain(session.domainId) : byExternalId ? [byExternalId] : [];
  return [...candidates].filter(
    (config) =>
      config.domain_id === session.domainId &&
      (id === undefined || config.id === id) &&
      (status === 'all' || config.status === status) &&
      // A config without a name has NULL there, which is like nothing, not even like an empty text.
      (name === undefined || (config.name !== '' && isLike(config.name, name))),
  );
}

function readStatus(text: string): 'enabled' | 'disabled' | 'all' {
  const lower = text.toLowerCase();
  if (['', 'enabled', '0'].includes(lower)) return 'enabled';
  if (['disabled', '1'].includes(lower)) return 'disabled';
  if (lower === 'all') return 'all';
  throw invalidQuery();
}

/** Without certificates and key; `content` is the stored text, not the rendered one. */
function presentConfig({
  id,
  external_id,
  name,
  content,
  status,
  profile_id,
  render_context,
}: Config): object {
  return {
    id,
    external_id,
    ...omitEmpty({ name, content }),
    status,
    ...omitEmpty({ profile_id, render_context }),
  };
}

function presentWhole(config: Config): object {
  const { id, domain_id, name, client_cert, client_key, ca_cert, external_id, content, status } = config;
  return {
    id,
    ...omitEmpty({ domain_id, name, client_cert, client_key, ca_cert }),
    external_id,
    external_key: '',
    ...omitEmpty({ content }),
    status,
    ...omitEmpty({ profile_id: config.profile_id, render_context: config.render_context }),
  };
}
