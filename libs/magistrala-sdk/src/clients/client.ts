import { type JsonObject, Secret } from '@org/domain';
import { goList, goTime, needed } from '@org/http-client';
import { type ListOptions } from '../list.js';
import { type FromWire, fromWire } from '../wire.js';

export type EntityStatus = 'enabled' | 'disabled' | 'deleted';

/** A thing that connects to Magistrala's message broker. Times are RFC 3339 text (Magistrala wire §2.1). */
export interface Client extends FromWire {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly domainId: string;
  readonly credentials: {
    readonly identity: string | undefined;
    /**
     * The MQTT password. Given by create, bulk create, view and update, by list except to platform administrators;
     * not by any other call.
     */
    readonly secret: Secret | undefined;
  };
  readonly metadata: JsonObject;
  readonly privateMetadata: JsonObject;
  readonly parentGroupId: string | undefined;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly updatedBy: string | undefined;
  readonly status: EntityStatus;
}

/** What a client is created with. All is optional, but see `Clients.create` on ids. */
export interface NewClient {
  /** A lower-case UUID; the service makes one when absent. */
  readonly id?: string;
  /** At most 1024 bytes; need not be unique. */
  readonly name?: string;
  readonly credentials?: {
    /** At most 254 characters. */
    readonly identity?: string;
    /** At most 4096 characters, unique in the domain; the service makes one when absent. Stored in plaintext. */
    readonly secret?: Secret;
  };
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  readonly privateMetadata?: JsonObject;
  /** Default `enabled`. */
  readonly status?: 'enabled' | 'disabled';
}

export interface ClientChanges {
  readonly name?: string;
  readonly metadata?: JsonObject;
  readonly privateMetadata?: JsonObject;
}

export interface ClientListOptions extends ListOptions {
  /** Connected to this channel. */
  readonly channelId?: string;
  readonly connectionType?: 'publish' | 'subscribe';
  readonly groupId?: string;
  /** Platform administrators only. */
  readonly userId?: string;
  readonly accessType?: string;
}

export interface WireClient {
  id?: string;
  name?: string;
  tags?: string[] | null;
  domain_id?: string;
  credentials?: { identity?: string; secret?: string } | null;
  metadata?: JsonObject | null;
  private_metadata?: JsonObject | null;
  parent_group_id?: string;
  created_at?: string;
  updated_at?: string;
  updated_by?: string;
  status?: EntityStatus;
}

export function clientFromWire(wire: WireClient): Client {
  const secret = wire.credentials?.secret;
  const entity = {
    id: needed(wire.id),
    name: wire.name ?? '',
    tags: goList(wire.tags),
    domainId: wire.domain_id ?? '',
    credentials: {
      identity: wire.credentials?.identity || undefined,
      secret: secret ? new Secret(secret) : undefined,
    },
    metadata: wire.metadata ?? {},
    privateMetadata: wire.private_metadata ?? {},
    parentGroupId: wire.parent_group_id || undefined,
    createdAt: goTime(wire.created_at),
    updatedAt: goTime(wire.updated_at),
    updatedBy: wire.updated_by || undefined,
    status: wire.status ?? 'enabled',
  };
  return fromWire(entity, wire);
}

export function clientToWire({ credentials, privateMetadata, ...rest }: NewClient): WireClient {
  const { id, name, tags, metadata, status } = rest;
  return {
    id,
    name,
    tags: tags && [...tags],
    credentials: { identity: credentials?.identity, secret: credentials?.secret?.reveal() },
    metadata,
    private_metadata: privateMetadata,
    status,
  };
}
