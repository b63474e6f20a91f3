import { randomUUID } from 'node:crypto';
import { type JsonObject, Secret } from '@org/domain';
import {
  type Health,
  type TlsOptions,
  createHttpClient,
  createTransport,
  fetchHealth,
  fromJson,
  limitTime,
  path,
} from '@org/http-client';
import { earlierTryAtWork, isProvisionApiError, ownRefusal, toApiError } from './errors.js';
import type { CallOptions } from './call-options.js';
import { type EnrolmentsApi, type MachinesApi, type Send, enrolmentsApi, machinesApi } from './operators.js';
import type {
  GatewayRequest,
  IssuedCertificate,
  LeftoversPage,
  ProvisionedGateway,
  Readiness,
  RunRemnants,
} from './types.js';
import type { WireLeftovers, WireMapping, WireRemnants } from './wire.js';

/**
 * A Magistrala access token, API key or personal access token, or a configured operator's; a function is asked before each
 * call.
 */
export type Token = Secret | string | (() => Promise<Secret | string> | Secret | string);

export interface ProvisionClientOptions {
  /** Of the HTTP app, `https://provision.example.com` for example. */
  readonly baseUrl: string;
  /** Absent: calls go without a token, which only `provision` and `health` accept, and only if set up so. */
  readonly token?: Token;
  readonly tls?: TlsOptions;
  /** Milliseconds that a call may take, repeats included. Default 60 s: a provisioning makes many calls in turn. */
  readonly timeoutMs?: number;
}

export interface ProvisionOptions extends CallOptions {
  /**
   * Names this request: asked again with the same key and body, the service gives the same answer and makes
   * nothing twice. Default: a new one for each call, with which the call itself asks again for a lost response. To ask again
   * after an `ambiguous` error, give a key of your own.
   */
  readonly idempotencyKey?: string;
}

/**
 * The HTTP API of Provision. Every call rejects with `ProvisionApiError`, and none throws before; what the `token` function
 * throws is passed on as it is.
 */
export interface ProvisionClient {
  /** Makes a gateway from the service's layout. `conflict` when its external id exists. */
  provision(request: GatewayRequest, options?: ProvisionOptions): Promise<ProvisionedGateway>;
  /** The bootstrap content as configured, references unresolved; null when there is none. */
  mapping(domainId: string, options?: CallOptions): Promise<JsonObject | null>;
  /** Issues a certificate for a client. @param request its `ttl` is a Go duration such as `720h` */
  certificate(
    request: { readonly domainId: string; readonly clientId: string; readonly ttl?: string },
    options?: CallOptions,
  ): Promise<IssuedCertificate>;
  /**
   * The resources of failed runs that still exist: those whose removal is retried, and remnants.
   *
   * @param page limit 1 to 100, default 10; `acknowledged` also lists acknowledged remnants, default false
   */
  leftovers(
    domainId: string,
    page?: { readonly offset?: number; readonly limit?: number; readonly acknowledged?: boolean },
    options?: CallOptions,
  ): Promise<LeftoversPage>;
  /** Records that an operator has dealt with the remnants of a run; removes nothing. May be repeated. */
  acknowledgeRemnants(
    of: { readonly domainId: string; readonly runId: string },
    options?: CallOptions,
  ): Promise<RunRemnants>;
  health(options?: CallOptions): Promise<Health>;
  /** Whether all that the service depends on answers; does not throw when it does not. */
  readiness(options?: CallOptions): Promise<Readiness>;
  /** Devices that want in; for members of the domain and configured operators. */
  readonly enrolments: EnrolmentsApi;
  /** Devices that are in. */
  readonly machines: MachinesApi;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Longest pause before asking again for an answer that is still being made, in milliseconds. */
const BUSY_PAUSE_MS = 2_000;

/** @throws ProvisionError `invalid` for a base URL or CA that cannot be used */
export function createProvisionClient(options: ProvisionClientOptions): ProvisionClient {
  const { baseUrl, tls, timeoutMs = 60_000 } = options;
  // The service goes on with what it was asked for, even when the caller leaves.
  const limits = { readMs: timeoutMs, writeMs: timeoutMs, abandonMs: 0 };
  const transport = createTransport({ ...(tls && { tls }), limits });
  const http = createHttpClient({ transport, baseUrl, service: 'provision' });

  const send: Send = async (makeRequest) => {
    const token = await resolveToken(options.token);
    try {
      return await http.request({ refine: ownRefusal, ...makeRequest(), ...(token && { token }) });
    } catch (error) {
      throw toApiError(error, baseUrl);
    }
  };

  return {
    async provision(
      { domainId, name, externalId, externalKey },
      { idempotencyKey = randomUUID(), signal } = {},
    ) {
      const limit = limitTime(timeoutMs, signal);
      const until = limit.signal;
      let underWay = false;
      const makeRequest = () => ({
        operation: 'provision',
        method: 'POST' as const,
        path: path`/${domainId}/mapping`,
        headers: { 'idempotency-key': idempotencyKey },
        json: { name, external_id: externalId, external_key: textOf(externalKey) },
        expect: [201],
        repeatable: true,
        refine: underWay ? earlierTryAtWork : ownRefusal,
        signal: until,
        decode: fromJson<WireMapping, ProvisionedGateway>(gatewayFromWire),
      });
      try {
        for (;;) {
          try {
            return await send(makeRequest);
          } catch (error) {
            // Our own first try, whose answer was lost, is still at work: its answer will be ours.
            if (!isProvisionApiError(error) || error.code !== 'idempotency_key_in_progress' || until.aborted)
              throw error;
            underWay = true;
            await pause(Math.min(error.retryAfterMs ?? BUSY_PAUSE_MS, BUSY_PAUSE_MS), until);
          }
        }
      } finally {
        limit.end();
      }
    },
    mapping: async (domainId, { signal } = {}) =>
      send(() => ({
        operation: 'mapping',
        method: 'GET',
        path: path`/${domainId}/mapping`,
        expect: [200],
        signal,
        // A JSON object, or null.
        decode: ({ bytes }) => JSON.parse(bytes.toString('utf8')) as JsonObject | null,
      })),
    certificate: async ({ domainId, clientId, ttl }, { signal } = {}) =>
      send(() => ({
        operation: 'certificate',
        method: 'POST',
        path: path`/${domainId}/cert`,
        json: { client_id: clientId, ttl },
        expect: [201],
        signal,
        decode: fromJson<{ certificate: string; key: string }, IssuedCertificate>(({ certificate, key }) => ({
          certificate: certificate!,
          key: new Secret(key!),
        })),
      })),
    leftovers: async (domainId, { offset, limit, acknowledged } = {}, { signal } = {}) =>
      send(() => ({
        operation: 'leftovers',
        method: 'GET',
        path: path`/${domainId}/leftovers`,
        query: { offset, limit, ...(acknowledged && { acknowledged: 'true' }) },
        expect: [200],
        signal,
        decode: fromJson<WireLeftovers, LeftoversPage>(leftoversFromWire),
      })),
    acknowledgeRemnants: async ({ domainId, runId }, { signal } = {}) =>
      send(() => ({
        operation: 'acknowledge_remnants',
        method: 'POST',
        path: path`/${domainId}/leftovers/${runId}/acknowledge`,
        expect: [200],
        repeatable: true,
        signal,
        decode: fromJson<WireRemnants, RunRemnants>((wire) => remnantsFromWire(wire as WireRemnants)),
      })),
    health: async ({ signal } = {}) =>
      fetchHealth(http, { signal }).catch((error) => Promise.reject(toApiError(error, baseUrl))),
    readiness: async ({ signal } = {}) =>
      send(() => ({
        operation: 'readiness',
        method: 'GET',
        path: path`/ready`,
        expect: [200, 503],
        signal,
        decode: fromJson<Readiness, Readiness>((wire) => wire as Readiness),
      })),
    enrolments: enrolmentsApi(send),
    machines: machinesApi(send),
    close: () => transport.close(),
  };
}

async function resolveToken(token: Token | undefined): Promise<Secret | undefined> {
  const given = typeof token === 'function' ? await token() : token;
  return typeof given === 'string' ? new Secret(given) : given;
}

const textOf = (secret: Secret | string): string => (typeof secret === 'string' ? secret : secret.reveal());

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function gatewayFromWire(partial: Partial<WireMapping>): ProvisionedGateway {
  const wire = partial as WireMapping;
  return {
    clients: wire.clients.map((client) => {
      const { id, name, key, metadata } = client;
      const clientCert = wire.client_cert?.[id];
      const clientKey = wire.client_key?.[id];
      return {
        id,
        name,
        key: new Secret(key),
        metadata,
        whitelisted: wire.whitelisted?.[id] ?? false,
        certificate: clientCert && clientKey ? { clientCert, clientKey: new Secret(clientKey) } : undefined,
        wire: client,
      };
    }),
    channels: wire.channels.map((channel) => {
      const { id, name, metadata } = channel;
      return { id, name, metadata, wire: channel };
    }),
    caCert: wire.ca_cert,
  };
}

function leftoversFromWire(partial: Partial<WireLeftovers>): LeftoversPage {
  const { leftovers, remnants, remnants_total, ...page } = partial as WireLeftovers;
  const runs = leftovers.map((run) => ({
    runId: run.run_id,
    externalId: run.external_id,
    name: run.name,
    startedAt: new Date(run.started_at),
    attempts: run.attempts,
    nextAttemptAt: new Date(run.next_attempt_at),
    items: run.items,
  }));
  return { ...page, runs, remnantsTotal: remnants_total, remnants: remnants.map(remnantsFromWire) };
}

const remnantsFromWire = (wire: WireRemnants): RunRemnants => ({
  runId: wire.run_id,
  externalId: wire.external_id,
  foundAt: new Date(wire.found_at),
  items: wire.items,
  acknowledged:
    wire.acknowledged_at && wire.acknowledged_by
      ? { at: new Date(wire.acknowledged_at), by: wire.acknowledged_by }
      : undefined,
});
