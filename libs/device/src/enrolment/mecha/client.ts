import { randomInt } from 'node:crypto';
import { type Clock, systemClock } from '@org/domain';
import {
  type Answer,
  type HttpClient,
  type Path,
  type RequestOptions,
  type Transport,
  createHttpClient,
  isHttpError,
  path,
} from '@org/http-client';
import type { Issued } from '../../identity/issued.js';
import type {
  PendingEnrolment,
  EnrolmentClient,
  Grant,
  Poll,
  RedeemRequest,
  RenewRequest,
} from '../client.js';
import { answered, envelopeOf, payloadOf, statusOf, unanswered } from './envelope.js';
import { signPath } from './sign-url.js';

export interface MechaClientOptions {
  readonly transport: Transport;
  /** Without trailing slash. */
  readonly serverUrl: string;
  /** Where certificates are renewed; default `/v1/provisioning/cert/sign`. */
  readonly certSignUrl?: string;
  readonly clock?: Clock;
  /** How long a code that was made here is shown, in milliseconds. Default 60 s, as mecha's own screens do. */
  readonly codeLifetimeMs?: number;
  /** Between two questions about it. Default 10 s: servers count a code as shown while it is asked about. */
  readonly intervalMs?: number;
}

const CODE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const CODE_LENGTH = 6;

/**
 * The HTTP wire of mecha-agent (mecha wire §2): `manifest/find`, then `cert/sign`. The device makes the code, and the
 * server gets to know of it when it is asked about it. Unlike mecha-agent, this client reads status, `success` and
 * `statusCode`, and leaves `serverUrl` for no one.
 *
 * @throws ProvisionError `invalid` (`invalid_base_url`, `sign_url_elsewhere`)
 */
export function createMechaClient(options: MechaClientOptions): EnrolmentClient {
  return new MechaClient(options);
}

class MechaClient implements EnrolmentClient {
  readonly #http: HttpClient;
  readonly #serverUrl: string;
  readonly #renewPath: Path;
  readonly #lifetimeMs: number;
  readonly #intervalMs: number;

  constructor(options: MechaClientOptions) {
    const { transport, serverUrl, clock = systemClock } = options;
    this.#http = createHttpClient({ transport, baseUrl: serverUrl, service: 'provisioning', clock });
    this.#serverUrl = serverUrl;
    this.#renewPath = signPath(serverUrl, options.certSignUrl ?? '/v1/provisioning/cert/sign');
    this.#lifetimeMs = options.codeLifetimeMs ?? 60e3;
    this.#intervalMs = options.intervalMs ?? 10e3;
  }

  async ping(signal?: AbortSignal): Promise<{ readonly serverTime?: number }> {
    return this.#request({
      operation: 'ping',
      method: 'GET',
      path: path`/v1/ping`,
      // Any 2xx is a success (mecha wire §2.3).
      expect: [200, 201, 202, 203, 204, 205, 206],
      decode: ({ headers }) => {
        const serverTime = Date.parse(headers.date ?? '');
        return Number.isNaN(serverTime) ? {} : { serverTime };
      },
      signal,
    });
  }

  async begin(): Promise<PendingEnrolment> {
    const letters = Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]);
    return this.adopt(letters.join(''));
  }

  adopt(code: string): PendingEnrolment {
    return { code, lifetimeMs: this.#lifetimeMs, intervalMs: this.#intervalMs };
  }

  /** A code that no one has claimed is "not found" on this wire, and so is one that never was. */
  async poll({ code }: PendingEnrolment, signal?: AbortSignal): Promise<Poll> {
    const find: RequestOptions = {
      operation: 'find_manifest',
      method: 'GET',
      path: path`/v1/provisioning/manifest/find`,
      query: { code },
      expect: [200],
      signal,
    };
    try {
      return { state: 'approved', grant: await this.#call(find, readManifest) };
    } catch (error) {
      const state = STATE_BY_STATUS[statusOf(error) ?? 0];
      if (state === undefined) throw error;
      return { state };
    }
  }

  async redeem({ grant, csr, signal }: RedeemRequest): Promise<Issued> {
    const where = signPath(this.#serverUrl, grant.signUrl ?? '');
    const body = { csr, machine_id: grant.machineId, request_type: 'Provision' };
    return this.#sign('sign_certificate', { where, body, signal });
  }

  /** Servers accept this only for a short while after they have asked for it themselves. */
  async renew({ identity, csr, signal }: RenewRequest): Promise<Issued> {
    const body = { csr, machine_id: identity.machineId, request_type: 'ReIssue' };
    return this.#sign('reissue_certificate', { where: this.#renewPath, body, signal });
  }

  #sign(
    operation: string,
    { where, body, signal }: { where: Path; body: object; signal: AbortSignal | undefined },
  ): Promise<Issued> {
    const request: RequestOptions = {
      operation,
      method: 'POST',
      path: where,
      json: body,
      expect: [200, 201],
      signal,
    };
    return this.#call(request, readIssued);
  }

  async #call<T>(request: RequestOptions, read: (payload: unknown) => T): Promise<T> {
    try {
      return payloadOf(await this.#request({ ...request, decode: envelopeOf }), read);
    } catch (error) {
      throw isHttpError(error) ? answered(error) : error;
    }
  }

  async #request<T>(request: RequestOptions & { readonly decode: (answer: Answer) => T }): Promise<T> {
    try {
      return await this.#http.request(request);
    } catch (error) {
      throw isHttpError(error) && error.status === undefined ? unanswered(error, this.#serverUrl) : error;
    }
  }
}

const STATE_BY_STATUS: Readonly<Record<number, 'pending' | 'denied' | 'expired'>> = {
  403: 'denied',
  404: 'pending',
  410: 'expired',
};

function readManifest(payload: unknown): Grant {
  const { machine_id: machineId, cert_sign_url: signUrl } = Object(payload) as Record<string, unknown>;
  if (!isText(machineId) || !isText(signUrl)) throw new TypeError('not a manifest');
  return { machineId, signUrl };
}

function readIssued(payload: unknown): Issued {
  const { cert, root_cert: root, ca_bundle: caBundle } = Object(payload) as Record<string, unknown>;
  if (!isText(cert) || !isText(root) || !Array.isArray(caBundle) || !caBundle.every(isText)) {
    throw new TypeError('not a certificate');
  }
  return { certificate: cert, root, caBundle };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
