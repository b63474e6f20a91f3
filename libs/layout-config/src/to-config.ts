import type { AuthGrpc, Config, ListenTls, OwnCredentials } from './config.js';
import { serverName } from './settings/list-kinds.js';
import type { Settings } from './settings/resolve.js';
import { isEnrolmentOn } from './settings/rules/enrolment-rules.js';
import { isAnonymousAllowed } from './settings/rules/rules.js';
import { SYSTEM_ANCHORS } from './settings/table/platform.js';

/** What a configuration has beside settings. */
interface Rest extends Pick<Config, 'layout' | 'layouts'> {
  readonly hostName: string | undefined;
}

/** Puts settings that passed every check into the shape that the rest of the product uses. */
export function toConfig(settings: Settings, { layout, layouts, hostName }: Rest): Config {
  const is = settings;
  const names = serverNames(is, hostName);
  return {
    platform: is.platform.resolved,
    server: {
      port: is.port.resolved,
      host: is.host.resolved,
      logLevel: is.logLevel.resolved,
      logFormat: is.logFormat.resolved,
      tls: listenTls(is.serverCert, is.serverKey),
      tlsBuiltin: is.httpTls.resolved === 'builtin',
      names,
      trustedProxies: is.trustedProxies.resolved ?? [],
      instanceId: is.instanceId.resolved,
      sendTelemetry: is.sendTelemetry.resolved,
      allowAnonymous: isAnonymousAllowed(is),
      docs: is.docs.resolved,
      metrics: is.metrics.resolved,
      drainMs: is.drainMs.resolved,
      bodyLimit: is.bodyLimit.resolved,
    },
    grpc: {
      host: is.grpcHost.resolved,
      port: is.grpcPort.resolved,
      metricsPort: is.grpcMetricsPort.resolved,
      tls: listenTls(is.grpcCert, is.grpcKey),
      plaintext: !is.grpcTls.resolved,
      reflection: is.grpcReflection.resolved,
      maxMessageBytes: is.grpcMaxMessageBytes.resolved,
      names: is.grpcNames.resolved ?? names,
    },
    limits: {
      connections: is.maxConnections.resolved,
      connectionsPerAddress: is.maxConnectionsPerAddress.resolved,
      firstRequestMs: is.firstRequestMs.resolved,
      requestMs: is.requestMs.resolved,
      idleMs: is.idleMs.resolved,
      unfinishedBytes: is.unfinishedBytes.resolved,
      unfinishedBytesPerAddress: is.unfinishedBytesPerAddress.resolved,
      streams: is.maxStreams.resolved,
      streamsPerAddress: is.maxStreamsPerAddress.resolved,
      pending: is.maxPending.resolved,
      pendingPerAddress: is.maxPendingPerAddress.resolved,
      pendingPer56: is.maxPendingPer56.resolved,
      pendingPer48: is.maxPendingPer48.resolved,
      shortCodes: is.shortCodes.resolved,
      askedCodes: is.maxAskedCodes.resolved,
      askedCodesPerAddress: is.maxAskedCodesPerAddress.resolved,
    },
    enrolment: {
      enabled: isEnrolmentOn(is),
      verificationUrl: is.verificationUrl.resolved,
      bootstrapUrl: is.deviceBootstrapUrl.resolved ?? is.bootstrapUrl.resolved,
      codeLifetimeMs: is.codeLifetimeMs.resolved,
      operators: is.operators.resolved ?? [],
      legacyDevices: is.legacyDevices.resolved,
      legacyDevicesAnyAddress: is.legacyDevicesAnyAddress.resolved,
      legacyDevicesPlainHttp: is.legacyDevicesPlainHttp.resolved,
      reissueWithinMs: is.reissueWithinMs.resolved,
      renewAfterExpiryMs: is.renewAfterExpiryMs.resolved,
      maxLateRenewals: is.maxLateRenewals.resolved,
    },
    services: {
      users: is.usersUrl.resolved,
      clients: is.clientsUrl.resolved,
      channels: is.channelsUrl.resolved,
      bootstrap: is.bootstrapUrl.resolved,
      certs: is.certsUrl.resolved,
    },
    outbound: {
      tls: { verify: is.verifyTls.resolved, ca: is.caCerts.resolved },
      readMs: is.outboundTimeoutMs.resolved,
      writeMs: is.outboundWriteTimeoutMs.resolved,
      configurationMs: is.outboundConfigurationTimeoutMs.resolved,
      proxies: proxies(is),
    },
    credentials: credentials(is.apiKey, is.username, is.password),
    recoveryCredentials: credentials(is.recoveryApiKey, is.recoveryUsername, is.recoveryPassword),
    auth: {
      grpc: authGrpc(is),
      jwksUrl: is.jwksUrl.resolved,
      allowUnverifiedUser: is.allowUnverifiedUser.resolved,
    },
    provisioning: {
      x509: is.x509.resolved,
      bootstrap: is.bootstrap.resolved,
      configurationEnabled: is.configurationEnabled.resolved && is.bootstrap.resolved,
      certTtl: is.certTtl.resolved,
      externalKeyInMetadata: is.externalKeyInMetadata.resolved,
    },
    authority: {
      builtin: is.certsBackend.resolved === 'builtin',
      store: is.authorityStore.resolved,
      path: is.authorityPath.resolved,
      passphrase: is.authorityPassphrase.resolved,
      algorithm: is.authorityAlgorithm.resolved,
      organization: is.authorityOrganization.resolved,
      crlIntervalMs: is.crlIntervalMs.resolved,
      url: is.authorityUrl.resolved,
    },
    state: {
      url: is.databaseUrl.resolved,
      path: is.statePath.resolved,
      key: is.stateKey.resolved,
      maxClockOffsetMs: is.maxClockOffsetMs.resolved,
    },
    tracing: { url: tracesUrl(is), ratio: is.traceRatio.resolved },
    recovery: { leaseMs: is.recoveryLeaseMs.resolved, settleMs: is.recoverySettleMs.resolved },
    layout,
    layouts,
  };
}

function tracesUrl({ tracesUrl, tracesBaseUrl }: Settings): string | undefined {
  const base = tracesBaseUrl.resolved;
  return tracesUrl.resolved ?? (base === undefined ? undefined : `${base}/v1/traces`);
}

function serverNames({ serverNames: { resolved, explicit } }: Settings, hostName = ''): readonly string[] {
  const own = explicit ? undefined : serverName(hostName);
  return own === undefined || resolved.includes(own) ? resolved : [...resolved, own];
}

function listenTls(
  { resolved: cert }: Settings['serverCert'],
  { resolved: key }: Settings['serverKey'],
): ListenTls | undefined {
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function credentials(
  apiKey: Settings['apiKey'],
  username: Settings['username'],
  password: Settings['password'],
): OwnCredentials {
  if (apiKey.resolved) return { kind: 'api_key', apiKey: apiKey.resolved };
  if (username.resolved === undefined || password.resolved === undefined) return { kind: 'none' };
  return { kind: 'password', username: username.resolved, password: password.resolved };
}

function authGrpc(settings: Settings): AuthGrpc | undefined {
  const url = settings.authGrpcUrl.resolved;
  if (url === undefined) return undefined;
  const anchors = settings.authGrpcServerCaCerts.resolved;
  return {
    url,
    tls: anchors !== undefined,
    timeoutMs: settings.authGrpcTimeoutMs.resolved,
    clientCert: settings.authGrpcClientCert.resolved,
    clientKey: settings.authGrpcClientKey.resolved,
    serverCaCerts: anchors === SYSTEM_ANCHORS ? undefined : anchors,
  };
}

function proxies({ httpsProxy, noProxy }: Settings): Config['outbound']['proxies'] {
  const { resolved: proxy, subject } = httpsProxy;
  if (proxy === undefined || proxy === 'none') return undefined;
  return { proxy: { ...proxy, from: subject.key }, noProxy: noProxy.resolved ?? [] };
}
