import type { JsonObject } from '@org/domain';
import { goList, goTime, needed } from '@org/http-client';
import type { EntityStatus } from '../clients/client.js';
import { type ListOptions } from '../list.js';
import { type FromWire, fromWire } from '../wire.js';

/** What clients publish to and subscribe to. Times are RFC 3339 text (Magistrala wire §3.1). */
export interface Channel extends FromWire {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly domainId: string;
  /** Short name for MQTT topics. */
  readonly route: string | undefined;
  readonly metadata: JsonObject;
  readonly parentGroupId: string | undefined;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly updatedBy: string | undefined;
  readonly status: EntityStatus;
}

export interface NewChannel {
  /** Any text up to 36 characters is accepted, but only a UUID can be disconnected again, or used in topics. */
  readonly id?: string;
  /** At most 1024 bytes; need not be unique. */
  readonly name?: string;
  /** `^[a-zA-Z][a-zA-Z0-9_-]{0,35}$`, no `__` or `--`, no UUID; unique in the domain. */
  readonly route?: string;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  readonly parentGroupId?: string;
  /** Default `enabled`. */
  readonly status?: 'enabled' | 'disabled';
}

export interface ChannelChanges {
  readonly name?: string;
  readonly metadata?: JsonObject;
}

export interface ChannelListOptions extends ListOptions {
  /** Connected to this client. */
  readonly clientId?: string;
  readonly connectionType?: 'publish' | 'subscribe';
  readonly groupId?: string;
  /** Platform administrators only. */
  readonly userId?: string;
  readonly accessType?: string;
}

export interface WireChannel {
  id?: string;
  name?: string;
  tags?: string[] | null;
  domain_id?: string;
  route?: string;
  metadata?: JsonObject | null;
  parent_group_id?: string;
  created_at?: string;
  updated_at?: string;
  updated_by?: string;
  status?: EntityStatus;
}

export function channelFromWire(wire: WireChannel): Channel {
  const entity = {
    id: needed(wire.id),
    name: wire.name ?? '',
    tags: goList(wire.tags),
    domainId: wire.domain_id ?? '',
    route: wire.route || undefined,
    metadata: wire.metadata ?? {},
    parentGroupId: wire.parent_group_id || undefined,
    createdAt: goTime(wire.created_at),
    updatedAt: goTime(wire.updated_at),
    updatedBy: wire.updated_by || undefined,
    status: wire.status ?? 'enabled',
  };
  return fromWire(entity, wire);
}

export function channelToWire({
  id,
  name,
  route,
  tags,
  metadata,
  parentGroupId,
  status,
}: NewChannel): WireChannel {
  return { id, name, route, tags: tags && [...tags], metadata, parent_group_id: parentGroupId, status };
}
