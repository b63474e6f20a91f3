import toml from '@iarna/toml';
import { parse as parseYaml } from 'yaml';
import type { JsonObject, JsonValue } from '@org/domain';
import { MalformedJson, anyObject, fields, firstValue, listOf, text, time } from '../http/go-json.js';
import { badRequest, notFound, unsupportedType } from '../http/refusal.js';
import { empty, json } from '../http/reply.js';
import { type Handler, type Request, contentType, decode, param, readBody } from '../http/request.js';
import { withNanoseconds } from '../wire-time.js';
import type { World } from '../world.js';
import type { Snapshot } from './bindings.js';
import { requireMember } from './member.js';
import {
  type Profile,
  type ProfileBody,
  echoProfile,
  presentProfile,
  presentSlot,
  profileShape,
} from './profiles.js';
import { render } from './render.js';

const MOST_LISTED = 100;

const configShape = fields({
  id: text,
  external_id: text,
  name: text,
  content: text,
  render_context: anyObject,
});
const snapshotShape = fields({
  slot: text,
  type: text,
  resource_id: text,
  snapshot: anyObject,
  secret_snapshot: anyObject,
  updated_at: time,
});
const previewShape = fields({
  config: configShape,
  render_context: anyObject,
  bindings: listOf(snapshotShape, () => ({})),
});

type Operation =
  | 'create_profile'
  | 'upload_profile'
  | 'list_profiles'
  | 'view_profile'
  | 'view_profile_slots'
  | 'render_preview'
  | 'update_profile'
  | 'delete_profile';

/** Profiles (Magistrala wire §4.4). */
export function profileHandlers(world: World): Record<Operation, Handler> {
  const { profiles, configs } = world;

  function inPath(request: Request): Profile {
    requireMember(world, request, 'view');
    const profile = profiles.get(request.session.domainId, param(request, 'profileID'));
    if (!profile) throw notFound();
    return profile;
  }

  function create(request: Request, body: ProfileBody) {
    if (!body.name) throw badRequest('missing identity name');
    requireMember(world, request, 'create');
    const profile = profiles.create(request.session.domainId, body);
    const { created_at, updated_at } = profile;
    // As it was before the database kept it: later answers have microseconds.
    const answered = {
      ...presentProfile(profile),
      created_at: withNanoseconds(created_at),
      updated_at: withNanoseconds(updated_at),
    };
    return json(201, answered, { location: `/bootstrap/profiles/${profile.id}` });
  }

  return {
    create_profile: (request) => create(request, readBody(request, profileShape)),
    upload_profile: (request) =>
      create(
        request,
        decode(() => profileShape(readUpload(request))),
      ),
    list_profiles: (request) => {
      const offset = request.query.number('offset', 0);
      const limit = request.query.number('limit', 10);
      if (limit < 1 || limit > MOST_LISTED) throw badRequest('invalid limit size');
      requireMember(world, request, 'list');
      const all = profiles.inDomain(request.session.domainId);
      const page = all.slice(offset, offset + limit).map(presentProfile);
      return json(200, { total: all.length, offset, limit, profiles: page.length > 0 ? page : null });
    },
    view_profile: (request) => json(200, presentProfile(inPath(request))),
    view_profile_slots: (request) => {
      const slots = inPath(request).binding_slots.map(presentSlot);
      return json(200, { binding_slots: slots.length > 0 ? slots : null });
    },
    render_preview: (request) => {
      const body = readBody(request, previewShape);
      const profile = inPath(request);
      const { id = '', external_id = '', render_context = body.render_context } = body.config ?? {};
      const rendered = { id, external_id, domain_id: request.session.domainId, render_context };
      return json(200, { content: render(profile, rendered, (body.bindings ?? []).map(wholeSnapshot)) });
    },
    update_profile: (request) => {
      const body = readBody(request, profileShape);
      requireMember(world, request, 'update');
      const id = param(request, 'profileID');
      if (!profiles.update(request.session.domainId, id, body)) throw notFound();
      return json(200, echoProfile(id, body));
    },
    delete_profile: (request) => {
      requireMember(world, request, 'remove');
      const id = param(request, 'profileID');
      if (profiles.remove(request.session.domainId, id)) configs.forgetProfile(id);
      return empty(204);
    },
  };
}

function wholeSnapshot(body: ReturnType<typeof snapshotShape>): Snapshot {
  const { slot = '', type = '', resource_id = '', snapshot = {}, secret_snapshot = {} } = body;
  return { slot, type, resource_id, snapshot, secret_snapshot };
}

function readUpload(request: Request): JsonValue {
  const type = contentType(request);
  const body = request.body.toString('utf8');
  if (type.includes('json')) return firstValue(body);
  if (type.includes('yaml')) return parsed(() => parseYaml(body) as JsonValue);
  if (type.includes('toml')) return parsed(() => toml.parse(body) as JsonObject);
  throw unsupportedType();
}

function parsed(parse: () => JsonValue): JsonValue {
  try {
    return parse();
  } catch (cause) {
    throw new MalformedJson('unreadable upload', { cause });
  }
}
