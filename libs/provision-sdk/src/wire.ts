import type { JsonObject, Leftover } from '@org/domain';

/** What `POST /{domainID}/mapping` answers. */
export interface WireMapping {
  readonly clients: readonly (JsonObject & { id: string; name: string; key: string; metadata: JsonObject })[];
  readonly channels: readonly (JsonObject & { id: string; name: string; metadata: JsonObject })[];
  readonly whitelisted?: Readonly<Record<string, boolean>>;
  readonly client_cert?: Readonly<Record<string, string>>;
  readonly client_key?: Readonly<Record<string, string>>;
  readonly ca_cert?: string;
}

export interface WireLeftovers {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly leftovers: readonly {
    readonly run_id: string;
    readonly external_id: string;
    readonly name: string;
    readonly started_at: string;
    readonly attempts: number;
    readonly next_attempt_at: string;
    readonly items: readonly Leftover[];
  }[];
  readonly remnants_total: number;
  readonly remnants: readonly WireRemnants[];
}

export interface WireRemnants {
  readonly run_id: string;
  readonly external_id: string;
  readonly found_at: string;
  readonly items: readonly Leftover[];
  readonly acknowledged_at?: string;
  readonly acknowledged_by?: string;
}
