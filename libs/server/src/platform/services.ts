import type { Clock, ProxySettings } from '@org/domain';
import { type BootstrapAdmin, createBootstrapAdmin } from '@org/bootstrap-client';
import { type HttpClientOptions, createTransport } from '@org/http-client';
import type { AuthGrpc, Config } from '@org/layout-config';
import { type AuthClient, createAuthClient, createJwksVerifier, createMagistrala } from '@org/magistrala-sdk';
import type { Metrics } from '../observability/metrics.js';
import type { Tracer } from '../tracing/tracer.js';

type Services = ReturnType<typeof connectServices>;

interface ServicesOptions {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly tracer: Tracer;
}

/** Clients of Magistrala's services; none is called yet. */
export function connectServices({ config, metrics, clock, tracer }: ServicesOptions) {
  const { services, outbound, auth, recovery } = config;
  const { readMs, writeMs, configurationMs: slowMs, tls, proxies } = outbound;
  // What lands later than that is looked for no more.
  const limits = { readMs, writeMs, slowMs, abandonMs: recovery.settleMs };
  const transport = createTransport({ tls, proxies, limits });
  metrics.watchAbandoned(transport.abandoned);
  if (auth.grpc?.clientCert) metrics.showCertificate('auth_client', auth.grpc.clientCert);
  const http: Omit<HttpClientOptions, 'baseUrl' | 'service'> = {
    transport,
    clock,
    observe: ({ service, operation, status = 0, ms }) =>
      metrics.upstream.observe({ service, operation, status }, ms / 1000),
    ...(tracer.isOn && { begin: tracedCalls(tracer) }),
  };
  const { users, clients, channels, certs } = services;
  return {
    ...createMagistrala({ urls: { users, clients, channels, certs }, ...http }),
    bootstrap: createBootstrapAdmin({ baseUrl: services.bootstrap, ...http }),
    auth: auth.grpc && connectAuth(auth.grpc, outbound.proxies),
    jwks: auth.jwksUrl === undefined ? undefined : createJwksVerifier({ jwksUrl: auth.jwksUrl, ...http }),
    /** @returns how many calls were cut off after that time */
    async close(withinMs: number): Promise<number> {
      const cut = await transport.abandoned.drain(withinMs);
      await transport.close();
      return cut;
    },
  };
}

/** Each attempt of a call is a span, which the platform can continue. */
const tracedCalls =
  (tracer: Tracer): NonNullable<HttpClientOptions['begin']> =>
  ({ service, operation, method }) => {
    const attributes = { 'http.request.method': method, 'peer.service': service };
    const span = tracer.begin({ name: `${service} ${operation}`, kind: 'client', attributes });
    return {
      headers: { traceparent: span.traceparent! },
      end: ({ status, attempt, failure }) =>
        span.end({
          attributes: { 'http.response.status_code': status, 'http.request.resend_count': attempt - 1 },
          error: failure?.code,
        }),
    };
  };

function connectAuth(
  { url, timeoutMs, tls, clientCert: cert, clientKey: key, serverCaCerts: ca }: AuthGrpc,
  proxies: ProxySettings | undefined,
): AuthClient {
  return createAuthClient({ address: url, timeoutMs, proxies, ...(tls && { tls: { ca, cert, key } }) });
}

/** Asks after each service that provisioning depends on. */
export function probesOf(
  { provisioning, authority }: Config,
  services: Services,
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
  return { ...Object.fromEntries(probes), ...(auth && { auth: () => auth.checkHealth() }) };
}
