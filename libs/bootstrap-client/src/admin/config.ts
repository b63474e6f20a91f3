import { type JsonObject, Secret } from '@org/domain';
import { type Answer, needed } from '@org/http-client';

/** What a device fetches, as the bootstrap service shows it: without certificates and without the key. */
export interface BootstrapConfig {
  /** Not the id of the client. */
  readonly id: string;
  readonly externalId: string;
  readonly name: string | undefined;
  /** As stored, not as rendered. Any member of any domain can list it (Magistrala wire §4.3). */
  readonly content: Secret | undefined;
  readonly status: 'enabled' | 'disabled';
  readonly profileId: string | undefined;
  readonly renderContext: JsonObject;
}

export interface ConfigCertificates {
  /** PEM; undefined clears it, as for the others. */
  readonly clientCert: string | undefined;
  /** PEM, stored in plaintext. */
  readonly clientKey: Secret | undefined;
  /** PEM */
  readonly caCert: string | undefined;
}

export interface NewBootstrapConfig extends Partial<ConfigCertificates> {
  /** Unique in the whole installation, not only in the domain. */
  readonly externalId: string;
  /** At most 72 bytes. */
  readonly externalKey: Secret;
  /** Unique in the domain. */
  readonly name?: string;
  /** Opaque text; JSON by convention. */
  readonly content?: Secret;
  readonly profileId?: string;
  /** Template variables. Any member of any domain can list them. */
  readonly renderContext?: JsonObject;
}

export interface WireConfig {
  id?: string;
  external_id?: string;
  name?: string;
  content?: string;
  status?: 'enabled' | 'disabled';
  profile_id?: string;
  render_context?: JsonObject | null;
}

export interface WireCertificates {
  client_cert?: string;
  client_key?: string;
  ca_cert?: string;
}

export function configFromWire(wire: WireConfig): BootstrapConfig {
  return {
    id: needed(wire.id),
    externalId: needed(wire.external_id),
    name: wire.name || undefined,
    content: wire.content ? new Secret(wire.content) : undefined,
    status: wire.status ?? 'enabled',
    profileId: wire.profile_id || undefined,
    renderContext: wire.render_context ?? {},
  };
}

export function newConfigToWire(config: NewBootstrapConfig): object {
  return {
    external_id: config.externalId,
    external_key: config.externalKey.reveal(),
    name: config.name,
    content: config.content?.reveal(),
    profile_id: config.profileId,
    render_context: config.renderContext,
    ...certificatesToWire(config),
  };
}

export function certificatesToWire({ clientCert, clientKey, caCert }: Partial<ConfigCertificates>): object {
  return { client_cert: clientCert, client_key: clientKey?.reveal(), ca_cert: caCert };
}

/** The answer to enabling and disabling; an absent or empty text is no certificate. */
export function certificatesFromWire(wire: WireCertificates): ConfigCertificates {
  return {
    clientCert: wire.client_cert || undefined,
    clientKey: wire.client_key ? new Secret(wire.client_key) : undefined,
    caCert: wire.ca_cert || undefined,
  };
}

/** The server chooses the id and says it twice; `Location` has neither host nor domain (Magistrala wire §4.1). */
export function idOfNewConfig({ headers, bytes }: Answer): string {
  const location = String(headers.location ?? '')
    .split('/')
    .at(-1);
  if (location) return decodeURIComponent(location);
  return needed((JSON.parse(bytes.toString('utf8')) as WireConfig).id);
}
