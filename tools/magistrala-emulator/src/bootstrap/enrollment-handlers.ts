import { type Fields, fields, listOf, text } from '../http/go-json.js';
import { badRequest, missingId, notFound } from '../http/refusal.js';
import { empty, json } from '../http/reply.js';
import { type Handler, type Request, param, readBody } from '../http/request.js';
import type { Entity } from '../entities/entity.js';
import type { World } from '../world.js';
import {
  type Resources,
  type Snapshot,
  presentBinding,
  requireBoundSlots,
  requireKnownSlots,
  resolveBinding,
} from './bindings.js';
import type { Config } from './configs.js';
import { requireMember } from './member.js';
import type { Profile } from './profiles.js';

const assignShape = fields({ profile_id: text });
type BindingBody = Fields<{ slot: typeof text; type: typeof text; resource_id: typeof text }>;
const bindShape = fields({
  bindings: listOf<BindingBody>(fields({ slot: text, type: text, resource_id: text }), () => ({})),
});

type Operation = 'assign_profile' | 'bind' | 'list_bindings' | 'refresh_bindings';

/** Enrolments: which profile a config has, and which resources fill its slots (Magistrala wire §4.5). */
export function enrollmentHandlers(world: World): Record<Operation, Handler> {
  const { configs, profiles, bindings } = world;

  function configInPath(request: Request, operation: string): Config {
    const id = param(request, 'configID');
    requireMember(world, request, operation, id);
    const config = configs.get(request.session.domainId, id);
    if (!config) throw notFound();
    return config;
  }

  function profileOf(config: Config): Profile {
    const profile = profiles.get(config.domain_id, config.profile_id);
    if (!profile) throw notFound();
    return profile;
  }

  return {
    assign_profile: (request) => {
      const { profile_id: profileId = '' } = readBody(request, assignShape);
      if (profileId === '') throw missingId();
      const { domainId } = request.session;
      requireMember(world, request, 'update', param(request, 'configID'));
      if (!profiles.get(domainId, profileId)) throw notFound();
      configInPath(request, 'update').profile_id = profileId;
      return empty(204);
    },
    bind: (request) => {
      const requested = (readBody(request, bindShape).bindings ?? []).map(
        ({ slot = '', type = '', resource_id = '' }) => ({ slot, type, resource_id }),
      );
      if (requested.length === 0) throw badRequest('empty list provided');
      if (requested.some(({ slot, type, resource_id }) => !slot || !type || !resource_id)) throw missingId();
      const config = configInPath(request, 'update');
      const profile = profileOf(config);
      requireKnownSlots(profile, requested);
      const snapshots = requested.map((binding) => resolveBinding(binding, resourcesFor(world, request)));
      requireBoundSlots(profile, merged(bindings.of(config.id), snapshots));
      bindings.save(config, snapshots);
      return empty(204);
    },
    list_bindings: (request) => {
      const config = configInPath(request, 'view');
      return json(200, { bindings: bindings.of(config.id).map(presentBinding) });
    },
    refresh_bindings: (request) => {
      const config = configInPath(request, 'update');
      const profile = profileOf(config);
      const existing = bindings.of(config.id);
      if (existing.length === 0) return empty(204);
      requireKnownSlots(profile, existing);
      const refreshed = existing.map((binding) => resolveBinding(binding, resourcesFor(world, request)));
      requireBoundSlots(profile, refreshed);
      bindings.save(config, refreshed);
      return empty(204);
    },
  };
}

const merged = (existing: readonly Snapshot[], added: readonly Snapshot[]): Snapshot[] => [
  ...new Map([...existing, ...added].map((snapshot) => [snapshot.slot, snapshot])).values(),
];

/** Bootstrap asks the other services with the caller's own token; whatever they refuse is "not found" here. */
function resourcesFor({ clients, channels, permissions }: World, { session }: Request): Resources {
  const read = <E extends Entity>(entityType: string, id: string, entity: E | undefined): E => {
    const demand = { entity_type: entityType, operation: 'view', entity_id: id };
    try {
      return permissions.requireOnEntity(session, entity, demand);
    } catch {
      throw notFound();
    }
  };
  return {
    client: (id) => read('clients', id, clients.get(id)),
    channel: (id) => read('channels', id, channels.get(id)),
  };
}
