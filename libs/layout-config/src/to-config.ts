import type { AuthGrpc, Config, ListenTls, OwnCredentials } from './config.js';
import type { Layout } from './layout.js';
import type { Settings } from './resolve.js';

/** Puts settings that passed every check into the shape that the rest of the product uses. */
export function toConfig(settings: Settings, layout: Layout): Config {
  const is = settings;
  return {
    server: {
      port: is.port.resolved,
      host: is.host.resolved,
      logLevel: is.logLevel.resolved,
      tls: listenTls(is),
      instanceId: is.instanceId.resolved,
      sendTelemetry: is.sendTelemetry.resolved,
      allowAnonymous: is.allowAnonymous.resolved,
      drainMs: is.drainMs.resolved,
      bodyLimit: is.bodyLimit.resolved,
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
      timeoutMs: is.outboundTimeoutMs.resolved,
    },
    credentials: credentials(is),
    auth: {
      grpc: authGrpc(is),
      jwksUrl: is.jwksUrl.resolved,
      allowUnverifiedUser: is.allowUnverifiedUser.resolved,
    },
    provisioning: {
      x509: is.x509.resolved,
      bootstrap: is.bootstrap.resolved,
      autoWhitelist: is.autoWhitelist.resolved && is.bootstrap.resolved,
      certTtl: is.certTtl.resolved,
      externalKeyInMetadata: is.externalKeyInMetadata.resolved,
    },
    authority: {
      builtin: is.certsBackend.resolved === 'builtin',
      path: is.authorityPath.resolved,
      passphrase: is.authorityPassphrase.resolved,
      algorithm: is.authorityAlgorithm.resolved,
      organization: is.authorityOrganization.resolved,
      url: is.authorityUrl.resolved,
    },
    state: { url: is.databaseUrl.resolved, path: is.statePath.resolved, key: is.stateKey.resolved },
    recovery: { leaseMs: is.recoveryLeaseMs.resolved, settleMs: is.recoverySettleMs.resolved },
    layout,
  };
}

function listenTls({ serverCert, serverKey }: Settings): ListenTls | undefined {
  const cert = serverCert.resolved;
  const key = serverKey.resolved;
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function credentials({ apiKey, username, password }: Settings): OwnCredentials {
  if (apiKey.resolved) return { kind: 'api_key', apiKey: apiKey.resolved };
  if (username.resolved === undefined || password.resolved === undefined) return { kind: 'none' };
  return { kind: 'password', username: username.resolved, password: password.resolved };
}

function authGrpc(settings: Settings): AuthGrpc | undefined {
  const url = settings.grpcUrl.resolved;
  if (url === undefined) return undefined;
  return {
    url,
    timeoutMs: settings.grpcTimeoutMs.resolved,
    clientCert: settings.grpcClientCert.resolved,
    clientKey: settings.grpcClientKey.resolved,
    serverCaCerts: settings.grpcServerCaCerts.resolved,
  };
}
