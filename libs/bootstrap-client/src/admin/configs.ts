import type { Secret } from '@org/domain';
import {
  type DomainCallOptions,
  type HttpClient,
  type Page,
  type PageOptions,
  type WirePage,
  fromJson,
  path,
  refineBy,
  toPage,
} from '@org/http-client';
import {
  type BootstrapConfig,
  type ConfigCertificates,
  type NewBootstrapConfig,
  type WireCertificates,
  type WireConfig,
  certificatesFromWire,
  certificatesToWire,
  configFromWire,
  idOfNewConfig,
  newConfigToWire,
} from './config.js';

export interface ConfigListOptions extends PageOptions {
  /** Default `enabled`. */
  readonly status?: 'enabled' | 'disabled' | 'all';
  readonly externalId?: string;
  readonly id?: string;
  /** Part of the name, in any case. */
  readonly name?: string;
}

type WireConfigPage = WirePage & { configs?: WireConfig[] | null };

/** Bootstrap configurations (Magistrala wire §4.1 to §4.3). */
export class BootstrapConfigs {
  constructor(private readonly http: HttpClient) {}

  /**
   * Adds a configuration. It is enabled at once: a device can fetch it before it has bindings or certificates.
   * `disable` it first to avoid that.
   *
   * @returns the id, which the server makes; after an `ambiguous` error ask `findByExternalId`.
   * @throws HttpError `conflict` (`external_id_or_name_taken`: the external id by any domain, the name in this
   *   one; the server does not say which); `ambiguous` (`create_failed`), also for a profile that does not exist
   */
  async add(config: NewBootstrapConfig, call: DomainCallOptions): Promise<string> {
    return this.http.request({
      operation: 'add_config',
      method: 'POST',
      path: path`/${call.domainId}/clients/configs`,
      json: newConfigToWire(config),
      expect: [200, 201],
      // The service hashes the external key with bcrypt: many at once wait for each other.
      slow: true,
      decode: idOfNewConfig,
      refine: refineBy({
        '400 entity already exists': { kind: 'conflict', code: 'external_id_or_name_taken' },
        '401 missing or invalid bearer entity key': { kind: 'invalid', code: 'missing_external_key' },
        '422 generate hash from external key failed': { kind: 'invalid', code: 'external_key_too_long' },
        // The same for a database that was lost as for a wrong profile id.
        '422 failed to add bootstrap configuration': { kind: 'ambiguous', code: 'create_failed' },
      }),
      ...call,
    });
  }

  async view(id: string, call: DomainCallOptions): Promise<BootstrapConfig> {
    return this.http.request({
      operation: 'view_config',
      method: 'GET',
      path: path`/${call.domainId}/clients/configs/${id}`,
      expect: [200],
      decode: fromJson<WireConfig, BootstrapConfig>(configFromWire),
      ...call,
    });
  }

  /**
   * Lists the domain's configurations, ordered by id. When its database fails, the service answers an empty page
   * whose limit is 0; that is an error here, so that "there is none" can be trusted.
   *
   * @param options limit: 1 to 100
   */
  async list(options: ConfigListOptions, call: DomainCallOptions): Promise<Page<BootstrapConfig>> {
    const { offset, limit = 10, status, externalId, id, name } = options;
    return this.http.request({
      operation: 'list_configs',
      method: 'GET',
      path: path`/${call.domainId}/clients/configs`,
      query: { offset, limit, status, external_id: externalId, id, name },
      expect: [200],
      decode: fromJson<WireConfigPage, Page<BootstrapConfig>>((wire) => {
        if (wire.limit !== limit) throw new TypeError('not a page, but a failure');
        return toPage(wire, wire.configs, configFromWire);
      }),
      ...call,
    });
  }

  /** The configuration with this external id, enabled or not; undefined when this domain has none. */
  async findByExternalId(externalId: string, call: DomainCallOptions): Promise<BootstrapConfig | undefined> {
    return (await this.list({ externalId, status: 'all' }, call)).items[0];
  }

  /** Writes both: undefined clears. The render context cannot be changed. */
  async update(
    id: string,
    changes: { readonly name: string | undefined; readonly content: Secret | undefined },
    call: DomainCallOptions,
  ): Promise<void> {
    await this.http.request({
      operation: 'update_config',
      method: 'PATCH',
      path: path`/${call.domainId}/clients/configs/${id}`,
      json: { name: changes.name, content: changes.content?.reveal() },
      expect: [200],
      repeatable: true,
      ...call,
    });
  }

  /** Writes all three: undefined clears. */
  async updateCerts(id: string, certificates: ConfigCertificates, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'update_config_certs',
      method: 'PATCH',
      path: path`/${call.domainId}/clients/configs/certs/${id}`,
      json: certificatesToWire(certificates),
      expect: [200],
      repeatable: true,
      ...call,
    });
  }

  /** Idempotent. @returns what nothing else shows: the certificates that the configuration holds */
  async enable(id: string, call: DomainCallOptions): Promise<ConfigCertificates> {
    return this.#changeStatus('enable', id, call);
  }

  /** Idempotent. @returns as `enable` */
  async disable(id: string, call: DomainCallOptions): Promise<ConfigCertificates> {
    return this.#changeStatus('disable', id, call);
  }

  /** Succeeds even when there is none. */
  async remove(id: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'remove_config',
      method: 'DELETE',
      path: path`/${call.domainId}/clients/configs/${id}`,
      expect: [204],
      ...call,
    });
  }

  async #changeStatus(
    to: 'enable' | 'disable',
    id: string,
    call: DomainCallOptions,
  ): Promise<ConfigCertificates> {
    return this.http.request({
      operation: `${to}_config`,
      method: 'POST',
      path: path`/${call.domainId}/clients/configs/${id}/${to}`,
      expect: [200],
      repeatable: true,
      decode: fromJson<WireCertificates, ConfigCertificates>(certificatesFromWire),
      ...call,
    });
  }
}
