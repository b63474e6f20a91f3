import { randomUUID } from 'node:crypto';
import { type BootstrapAdmin, createBootstrapAdmin } from '@org/bootstrap-client';
import { randomIds, systemClock } from '@org/domain';
import { type HttpClientOptions, createTransport } from '@org/http-client';
import type { Config } from '@org/layout-config';
import { type AuthClient, createAuthClient, createJwksVerifier, createMagistrala } from '@org/magistrala-sdk';
import { type Journal, Provisioner } from '@org/provisioning';
import { type Store, openStore } from '@org/store';
import { type BuiltinAuthority, openBuiltinAuthority } from './authority/builtin-authority.js';
import { type Callers, createCallers } from './callers/callers.js';
import { createOwnToken } from './callers/own-token.js';
import { type Certificates, createCertificates } from './certificates/issue.js';
import { type BuildFacts, type Health, type Readiness, checkReadiness, healthOf } from './health.js';
import { type Logger, createLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { createObserver } from './observability/observer.js';
import { builtinCertificates } from './platform/builtin-certificates.js';
import { magistralaCertificates } from './platform/magistrala-certificates.js';
import { magistralaPlatform } from './platform/magistrala.js';

/** The use cases of the product, wired: what the apps serve. */
export interface Server {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly provisioner: Provisioner;
  readonly journal: Journal;
  readonly callers: Callers;
  readonly certificates: Certificates;
  /** This product's own authority; undefined where Magistrala's certs service issues. */
  readonly authority: BuiltinAuthority | undefined;
  /** Whether a request without a token may use the service's own credentials. */
  readonly acceptsAnonymous: boolean;
  health(): Health;
  readiness(): Promise<Readiness>;
  /** Lets runs under way end, for at most the configured drain time, then closes everything. */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Its PEM files read already (`readPemFiles`). */
  readonly config: Config;
  readonly build?: BuildFacts;
  readonly logger?: Logger;
}

/**
 * Opens the state, wires the use cases, and begins to recover what earlier processes left. Needs no other
 * service to be there yet.
 *
 * @throws ProvisionError `invalid` for settings that only show themselves to be wrong in use
 */
export async function openServer({
  config,
  build = {},
  logger = createLogger(config.server.logLevel),
}: ServerOptions): Promise<Server> {
  const metrics = new Metrics();
  const platformServices = connectServices(config, metrics);
  const store = await openStore(config.state);
  metrics.watch(store.journal);
  const { users, clients, channels, certs, bootstrap, auth, jwks } = platformServices;
  const authority = config.authority.builtin
    ? await openBuiltinAuthority({ config, store: store.certificates, clock: systemClock, logger })
    : undefined;
  const certificates = authority ? builtinCertificates(authority) : magistralaCertificates(certs);
  const platform = magistralaPlatform({ clients, channels, bootstrap, certificates });
  const ownToken = createOwnToken({
    credentials: config.credentials,
    users,
    clock: systemClock,
    onFetch: (how, outcome) => metrics.tokenRefreshes.inc({ how, outcome }),
  });
  const provisioner = new Provisioner({
    platform,
    journal: store.journal,
    layout: config.layout,
    settings: config.provisioning,
    ownToken,
    clock: systemClock,
    ids: randomIds,
    observer: createObserver(logger, metrics),
    ...config.recovery,
  });
  provisioner.start();
  const instanceId = config.server.instanceId ?? randomUUID();
  return {
    config,
    logger,
    metrics,
    provisioner,
    journal: store.journal,
    callers: createCallers({ auth, jwks, platform, allowUnverifiedUser: config.auth.allowUnverifiedUser }),
    certificates: createCertificates(platform, config.provisioning.certTtl),
    authority,
    acceptsAnonymous: ownToken !== undefined && config.server.allowAnonymous,
    health: () => healthOf(instanceId, build),
    readiness: () => checkReadiness(probesOf(config, platformServices, store)),
    async close() {
      await provisioner.close(config.server.drainMs);
      authority?.close();
      auth?.close();
      await platformServices.close();
      await store.close();
    },
  };
}

type Services = ReturnType<typeof connectServices>;

function connectServices({ services, outbound, auth }: Config, metrics: Metrics) {
  const transport = createTransport({ tls: outbound.tls, limits: { totalMs: outbound.timeoutMs } });
  const http: Omit<HttpClientOptions, 'baseUrl' | 'service'> = {
    transport,
    observe: ({ service, operation, status = 0, ms }) =>
      metrics.upstream.observe({ service, operation, status }, ms / 1000),
  };
  const { users, clients, channels, certs } = services;
  return {
    ...createMagistrala({ urls: { users, clients, channels, certs }, ...http }),
    bootstrap: createBootstrapAdmin({ baseUrl: services.bootstrap, ...http }),
    auth: auth.grpc && connectAuth(auth.grpc),
    jwks: auth.jwksUrl === undefined ? undefined : createJwksVerifier({ jwksUrl: auth.jwksUrl, ...http }),
    close: () => transport.close(),
  };
}

function connectAuth({
  url,
  timeoutMs,
  clientCert,
  clientKey,
  serverCaCerts,
}: NonNullable<Config['auth']['grpc']>): AuthClient {
  const tls =
    serverCaCerts === undefined ? undefined : { ca: serverCaCerts, cert: clientCert, key: clientKey };
  return createAuthClient({ address: url, timeoutMs, ...(tls && { tls }) });
}

function probesOf(
  { provisioning, authority }: Config,
  services: Services,
  store: Store,
): Record<string, () => Promise<unknown>> {
  const { clients, channels, certs, bootstrap, auth } = services;
  const asked: Record<string, { health(): Promise<unknown> } | false> = {
    clients,
    channels,
    bootstrap: provisioning.bootstrap && (bootstrap as BootstrapAdmin),
    certs: provisioning.x509 && !authority.builtin && certs,
  };
  const probes = Object.entries(asked).flatMap(([name, service]) =>
    service ? [[name, () => service.health()] as const] : [],
  );
  return {
    store: () => store.ping(),
    ...Object.fromEntries(probes),
    ...(auth && { auth: () => auth.checkHealth() }),
  };
}
