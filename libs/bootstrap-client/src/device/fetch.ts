import { Secret } from '@org/domain';
import {
  type Answer,
  type Decode,
  type HttpClient,
  type HttpClientOptions,
  type Path,
  createHttpClient,
  fromJson,
  needed,
  path,
  refineBy,
} from '@org/http-client';
import { aesCfb } from './cfb.js';

/** What a device gets. Empty fields are undefined. */
export interface BootstrapAnswer {
  /** Not the id of the client. */
  readonly configId: string;
  /** Rendered when the configuration has a profile; JSON by convention, and full of secrets. */
  readonly content: Secret | undefined;
  /** PEM */
  readonly clientCert: string | undefined;
  /** PEM */
  readonly clientKey: Secret | undefined;
  /** PEM */
  readonly caCert: string | undefined;
}

export interface BootstrapCredentials {
  readonly externalId: string;
  readonly externalKey: Secret;
  readonly signal?: AbortSignal;
}

/**
 * What a device does in Magistrala's bootstrap service (Magistrala wire §4.6).
 *
 * Errors of both calls: `not_found` (`unknown_external_id`), also when the profile is one of another domain;
 * `forbidden` (`wrong_external_key`), in the secure form also for a wrong encryption key; `unavailable`
 * (`bootstrap_disabled_or_broken`) when the configuration is disabled, cannot be rendered yet, or the service is
 * out of order.
 */
export interface BootstrapDevice {
  fetch(device: BootstrapCredentials): Promise<BootstrapAnswer>;
  /**
   * The same, encrypted.
   *
   * @throws ProvisionError `invalid` (`invalid_encryption_key`) for a key that has not 16, 24 or 32 bytes
   */
  fetchSecure(device: BootstrapCredentials & { readonly encryptionKey: Secret }): Promise<BootstrapAnswer>;
}

/** @throws ProvisionError `invalid` (`invalid_base_url`) */
export function createBootstrapDevice(options: Omit<HttpClientOptions, 'service'>): BootstrapDevice {
  const http = createHttpClient({ ...options, service: 'bootstrap' });
  return {
    fetch: async ({ externalId, externalKey, signal }) =>
      fetchFrom(http, {
        operation: 'bootstrap',
        path: path`/clients/bootstrap/${externalId}`,
        token: externalKey,
        decode: answer,
        signal,
      }),
    fetchSecure: async ({ externalId, externalKey, encryptionKey, signal }) => {
      const cfb = aesCfb(encryptionKey);
      return fetchFrom(http, {
        operation: 'bootstrap_secure',
        path: path`/clients/bootstrap/secure/${externalId}`,
        token: new Secret(cfb.encrypt(Buffer.from(externalKey.reveal(), 'utf8')).toString('hex')),
        decode: (received: Answer) => answer({ ...received, bytes: cfb.decrypt(received.bytes) }),
        signal,
      });
    },
  };
}

interface WireAnswer {
  id: string;
  content: string;
  client_cert: string;
  client_key: string;
  ca_cert: string;
}

const answer = fromJson<WireAnswer, BootstrapAnswer>((wire) => ({
  configId: needed(wire.id),
  content: wire.content ? new Secret(wire.content) : undefined,
  clientCert: wire.client_cert || undefined,
  clientKey: wire.client_key ? new Secret(wire.client_key) : undefined,
  caCert: wire.ca_cert || undefined,
}));

interface DeviceRequest {
  readonly operation: string;
  readonly path: Path;
  readonly token: Secret;
  readonly decode: Decode<BootstrapAnswer>;
  readonly signal: AbortSignal | undefined;
}

const fetchFrom = (http: HttpClient, request: DeviceRequest): Promise<BootstrapAnswer> =>
  http.request({
    ...request,
    method: 'GET',
    scheme: 'Client',
    expect: [200],
    refine: refineBy({
      '403': { kind: 'forbidden', code: 'wrong_external_key' },
      '404 entity not found': { kind: 'not_found', code: 'unknown_external_id' },
      // Asking again at once does not help: the retry is up to the code that waits for the operator.
      '500': { kind: 'unavailable', code: 'bootstrap_disabled_or_broken' },
    }),
  });
