import type { HeldLease, JsonObject, Secret } from '@org/domain';

/** Gives the token for a call; asked before each one, so that it may refresh in between. */
export interface TokenSource {
  token(signal?: AbortSignal): Promise<Secret>;
}

/** In which domain, and as whom. */
export interface Access {
  readonly domainId: string;
  readonly token: TokenSource;
  /** Asked right before each call, which is not made when it has been lost: what it was for is another's by then. */
  readonly lease?: Pick<HeldLease, 'assertHeld'>;
}

/**
 * The IoT platform, in the words of provisioning. Everything happens in one domain as one caller:
 * open a session first. The adapters live with the server; nothing of their wire is known here.
 */
export interface Platform {
  open(access: Access): PlatformSession;
}

/** A client or channel as it is to be created: everything chosen before the first call. */
export interface NewClient {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly metadata: JsonObject;
}
export interface NewChannel {
  readonly id: string;
  readonly name: string;
  readonly metadata: JsonObject;
}

export interface NewConfiguration {
  /** The run that makes it: how recovery knows its own configuration from someone else's. */
  readonly runId: string;
  readonly name: string;
  readonly externalId: string;
  readonly externalKey: string;
  /** JSON text; undefined when the layout has none. */
  readonly content: string | undefined;
  readonly profileId: string | undefined;
  readonly renderContext: JsonObject;
}

/** The bootstrap configuration that exists for an external id. */
interface ExistingConfiguration {
  readonly id: string;
  readonly name: string | undefined;
  readonly enabled: boolean;
  /** The run that made it, where a run of this product did. */
  readonly runId: string | undefined;
}

export interface SlotBinding {
  readonly slot: string;
  readonly type: 'client' | 'channel';
  readonly resourceId: string;
}

/** PEM texts; the key exists nowhere else once the issuer has answered. */
export interface CertificateFiles {
  readonly clientCert: string;
  readonly clientKey: string;
  readonly caCert: string;
}

export interface IssuedCertificate {
  /** As the issuer writes it; opaque here. */
  readonly serial: string;
  /** PEM: the client's, then the authorities that lead to the root, which is left out. */
  readonly certificate: string;
  /** PEM, private. */
  readonly key: string;
}

interface KnownCertificate {
  readonly serial: string;
  readonly revoked: boolean;
}

interface CertificateOrder {
  readonly clientId: string;
  readonly commonName: string;
  /** Go duration text, such as `2400h`. */
  readonly ttl: string;
}

/** Something that is still there after it was to be removed. */
export interface Remaining {
  readonly id: string;
  /** Why the platform's API can never remove it, in words safe to show; undefined while it may. */
  readonly unremovable?: string;
}

/** What was to be removed. */
export interface Removed<T> {
  readonly things: readonly T[];
  /** They were perhaps never created, or not by a call that was answered: what is left then may show in no list. */
  readonly mayBeHidden: boolean;
}

/**
 * Every method throws `ProvisionError`: `unauthenticated`, `forbidden`, `not_found`, `conflict`, `invalid`,
 * `unavailable` (it did not happen) or `ambiguous` (it may have happened; probe before deciding).
 * `view`s are the platform's own JSON, passed on untouched.
 */
export interface PlatformSession {
  /** Throws `unauthenticated` or `forbidden` unless the caller is a member of the domain. */
  assertMember(signal?: AbortSignal): Promise<void>;
  /**
   * To be asked before the caller is given what lets it pass for the client. Throws `forbidden` unless the caller may
   * change the client, or all clients of the domain: to be able to look at it is not enough.
   */
  assertMayUpdate(clientId: string, signal?: AbortSignal): Promise<void>;

  findConfiguration(externalId: string, signal?: AbortSignal): Promise<ExistingConfiguration | undefined>;
  /** The ids of the clients whose metadata carries this external id. */
  findGatewayClients(externalId: string, signal?: AbortSignal): Promise<string[]>;

  /** All or none. Returns views by id. */
  createClients(clients: readonly NewClient[], signal?: AbortSignal): Promise<Map<string, JsonObject>>;
  /** Views of those that exist, by id. */
  viewClients(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, JsonObject>>;
  /** Idempotent: no error when it is gone already. Throws conflict `unremovable` where the platform will never do it. */
  removeClient(id: string, signal?: AbortSignal): Promise<void>;
  /** What is left of clients, by every way to look that the platform has. */
  remainingClients(removed: Removed<NewClient>, signal?: AbortSignal): Promise<readonly Remaining[]>;
  /** Replaces the metadata. Returns the view. */
  updateMetadata(client: NewClient, metadata: JsonObject, signal?: AbortSignal): Promise<JsonObject>;

  /** All or none. Returns views by id. */
  createChannels(channels: readonly NewChannel[], signal?: AbortSignal): Promise<Map<string, JsonObject>>;
  viewChannels(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, JsonObject>>;
  removeChannel(id: string, signal?: AbortSignal): Promise<void>;
  remainingChannels(removed: Removed<NewChannel>, signal?: AbortSignal): Promise<readonly Remaining[]>;

  /** Every client may publish and subscribe on every channel. Not idempotent. */
  connect(clientIds: readonly string[], channelIds: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Idempotent: no error where there is nothing to disconnect. */
  disconnect(
    clientIds: readonly string[],
    channelIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<void>;

  /** Returns the configuration's id. The configuration may be live at once. */
  createConfiguration(configuration: NewConfiguration, signal?: AbortSignal): Promise<string>;
  removeConfiguration(id: string, signal?: AbortSignal): Promise<void>;
  /** Idempotent. Returns the certificates that the configuration holds, if it does. */
  setConfigurationEnabled(
    id: string,
    enabled: boolean,
    signal?: AbortSignal,
  ): Promise<CertificateFiles | undefined>;
  updateContent(id: string, change: { name: string; content: string }, signal?: AbortSignal): Promise<void>;
  storeCertificate(id: string, files: CertificateFiles, signal?: AbortSignal): Promise<void>;
  bind(configurationId: string, bindings: readonly SlotBinding[], signal?: AbortSignal): Promise<void>;

  issueCertificate(order: CertificateOrder, signal?: AbortSignal): Promise<IssuedCertificate>;
  certificatesOf(clientId: string, signal?: AbortSignal): Promise<KnownCertificate[]>;
  /**
   * The serials of valid certificates that were issued for the client without an answer, and that the issuer does not list
   * as its own. May take long.
   */
  unlistedCertificatesOf(clientId: string, signal?: AbortSignal): Promise<string[]>;
  revokeCertificate(serial: string, signal?: AbortSignal): Promise<void>;
  /** PEM: what to trust; the issuer and its root among it. */
  issuerChain(signal?: AbortSignal): Promise<string>;
}
