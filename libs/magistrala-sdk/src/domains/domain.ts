import type { JsonObject } from '@org/domain';
import { goList, goTime, needed } from '@org/http-client';

/** Times are RFC 3339 text (Magistrala wire §6). */
export interface Domain {
  readonly id: string;
  readonly name: string;
  readonly route: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly status: string;
  readonly createdBy: string | undefined;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
}

export interface NewDomain {
  /** A UUID; the service makes one when absent. */
  readonly id?: string;
  /** At most 254 characters. */
  readonly name: string;
  /** A UUID, or `^[a-zA-Z][a-zA-Z0-9_-]{0,35}$` without `__` and `--`; unique on the platform. */
  readonly route: string;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
}

export interface WireDomain {
  id?: string;
  name?: string;
  route?: string;
  tags?: string[] | null;
  metadata?: JsonObject | null;
  status?: string;
  created_by?: string;
  created_at?: string;
  updated_at?: string;
}

export function domainFromWire(wire: WireDomain): Domain {
  return {
    id: needed(wire.id),
    name: wire.name ?? '',
    route: wire.route ?? '',
    tags: goList(wire.tags),
    metadata: wire.metadata ?? {},
    status: wire.status ?? 'enabled',
    createdBy: wire.created_by || undefined,
    createdAt: goTime(wire.created_at),
    updatedAt: goTime(wire.updated_at),
  };
}
