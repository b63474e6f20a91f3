import type { JsonObject, Leftover, Secret } from '@org/domain';

export interface GatewayRequest {
  /** Magistrala domain. */
  readonly domainId: string;
  /** Need not be unique. */
  readonly name: string;
  /** What the gateway calls itself, its MAC address for example. Unique on the platform; no "/". */
  readonly externalId: string;
  /** What it will authenticate with when it bootstraps; at most 72 bytes. */
  readonly externalKey: Secret | string;
}

export interface ProvisionedClient {
  readonly id: string;
  readonly name: string;
  /** The client's secret: its MQTT password. */
  readonly key: Secret;
  readonly metadata: JsonObject;
  /** True when its bootstrap configuration is enabled. */
  readonly whitelisted: boolean;
  /** PEM, when certificates were issued. */
  readonly certificate: { readonly clientCert: string; readonly clientKey: Secret } | undefined;
  /** As Magistrala returns it; holds the secret. */
  readonly wire: JsonObject;
}

export interface ProvisionedChannel {
  readonly id: string;
  readonly name: string;
  readonly metadata: JsonObject;
  readonly wire: JsonObject;
}

export interface ProvisionedGateway {
  readonly clients: readonly ProvisionedClient[];
  readonly channels: readonly ProvisionedChannel[];
  /** PEM chain of the certificates' issuer, when certificates were issued. */
  readonly caCert: string | undefined;
}

export interface IssuedCertificate {
  /** PEM */
  readonly certificate: string;
  /** PEM; given once and kept nowhere. */
  readonly key: Secret;
}

/** A failed run of which something could not be removed yet. */
export interface UnfinishedRemoval {
  readonly runId: string;
  readonly externalId: string;
  readonly name: string;
  readonly startedAt: Date;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly items: readonly Leftover[];
}

/** Resources of a failed run that the platform's API can never remove. */
export interface RunRemnants {
  readonly runId: string;
  readonly externalId: string;
  readonly foundAt: Date;
  readonly items: readonly Leftover[];
  /** Undefined until an operator has acknowledged them. */
  readonly acknowledged: { readonly at: Date; readonly by: string } | undefined;
}

export interface LeftoversPage {
  /** Of `runs`. */
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly runs: readonly UnfinishedRemoval[];
  readonly remnantsTotal: number;
  /** The same page of the runs with remnants. */
  readonly remnants: readonly RunRemnants[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: 'pass' | 'fail';
    readonly ms: number;
    readonly reason?: string;
    /** It passed, but something wants mending. */
    readonly warning?: string;
  }[];
}
