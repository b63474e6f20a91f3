import type { JsonObject } from '@org/domain';
import type { Connection } from './channels/connections.js';
import type { World } from './world.js';

interface EntityRecord {
  readonly id: string;
  readonly domain_id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly status: string;
  /** False for both in what calls that were cut off left half done. */
  readonly policies: boolean;
  readonly roles: boolean;
}

/** All that exists in a domain, or everywhere. Plain JSON. */
export interface Inventory {
  readonly clients: (EntityRecord & { readonly identity: string; readonly secret: string })[];
  readonly channels: (EntityRecord & { readonly route: string })[];
  readonly connections: Connection[];
  readonly configs: {
    readonly id: string;
    readonly domain_id: string;
    readonly external_id: string;
    readonly name: string;
    readonly content: string;
    readonly status: string;
    readonly profile_id: string;
    readonly render_context: JsonObject | null;
    readonly client_cert: string;
    readonly client_key: string;
    readonly ca_cert: string;
  }[];
  readonly bindings: {
    readonly config_id: string;
    readonly domain_id: string;
    readonly slot: string;
    readonly type: string;
    readonly resource_id: string;
    /** The config is gone. Magistrala itself leaves such rows behind; no one can remove them. */
    readonly orphaned: boolean;
  }[];
  readonly profiles: { readonly id: string; readonly domain_id: string; readonly name: string }[];
  readonly certificates: {
    readonly serial_number: string;
    /** Of the domain that it was issued in; Magistrala itself does not keep that. */
    readonly domain_id: string;
    /** Null for renewed certificates, and after all of the entity were revoked. */
    readonly entity_id: string | null;
    readonly revoked: boolean;
    readonly expiry_time: string;
    readonly certificate: string;
  }[];
}

export function takeInventory(world: World, domainId?: string): Inventory {
  const { clients, channels, connections, configs, bindings, profiles, certificates } = world;
  const here = (item: { readonly domain_id: string }) =>
    domainId === undefined || item.domain_id === domainId;
  return {
    clients: [...clients.inDomain(domainId)].map(
      ({ id, domain_id, name, tags, metadata, status, policies, roles, identity, secret }) => {
        return { id, domain_id, name, tags, metadata, status, policies, roles, identity, secret };
      },
    ),
    channels: [...channels.inDomain(domainId)].map(
      ({ id, domain_id, name, tags, metadata, status, policies, roles, route }) => {
        return { id, domain_id, name, tags, metadata, status, policies, roles, route };
      },
    ),
    connections: [...connections.all()].filter(here),
    configs: [...configs.inDomain(domainId)].map(
      ({ keyHash: _keyHash, render_context = null, ...config }) => {
        return { ...config, render_context };
      },
    ),
    bindings: bindings
      .all()
      .filter(here)
      .map(({ config_id, domain_id, slot, type, resource_id }) => {
        const orphaned = configs.get(domain_id, config_id) === undefined;
        return { config_id, domain_id, slot, type, resource_id, orphaned };
      }),
    profiles: profiles.inDomain(domainId).map(({ id, domain_id, name }) => ({ id, domain_id, name })),
    certificates: certificates
      .all()
      .map(({ serial, domainId: domain_id, entityId = null, revokedAt, expiresAt, pem }) => ({
        serial_number: serial,
        domain_id,
        entity_id: entityId,
        revoked: revokedAt !== undefined,
        expiry_time: expiresAt.toISOString(),
        certificate: pem,
      }))
      .filter(here),
  };
}
