import type { Config } from '../src/index.js';

type Read = (config: Config) => unknown;
interface Case {
  readonly env: readonly string[];
  readonly toml: string;
  /** A value other than the default, as a variable has it. */
  readonly text: string;
  readonly read: Read;
  readonly value: unknown;
  readonly fallback: unknown;
  /** What else must be set for it to have an effect. */
  readonly with?: Record<string, string>;
}

const plain = (
  toml: string,
  env: readonly string[],
  text: string,
  read: Read,
  fallback: unknown,
  value: unknown = text,
): Case => ({
  env,
  toml,
  text,
  read,
  value,
  fallback,
});
const AUTH = { MG_AUTH_GRPC_URL: 'auth:7001' };
const TLS = {
  MG_AUTH_GRPC_CLIENT_CERT: 'c',
  MG_AUTH_GRPC_CLIENT_KEY: 'k',
  MG_AUTH_GRPC_SERVER_CA_CERTS: 'ca',
};
const HEX_KEY = 'ab'.repeat(32);

/** Every setting that the configuration shows, but the file. */
export const CASES: Case[] = [
  plain('server.port', ['MG_PROVISION_HTTP_PORT'], '8123', (c) => c.server.port, 9016, 8123),
  plain('server.host', ['MG_PROVISION_HTTP_HOST'], '127.0.0.1', (c) => c.server.host, '0.0.0.0'),
  plain('server.log_level', ['MG_PROVISION_LOG_LEVEL'], 'debug', (c) => c.server.logLevel, 'info'),
  plain(
    'server.allow_anonymous',
    ['MG_PROVISION_ALLOW_ANONYMOUS'],
    'false',
    (c) => c.server.allowAnonymous,
    true,
    false,
  ),
  plain('server.body_limit', ['MG_PROVISION_BODY_LIMIT'], '2048', (c) => c.server.bodyLimit, 1_048_576, 2048),
  plain('server.drain_timeout', ['MG_PROVISION_DRAIN_TIMEOUT'], '1m', (c) => c.server.drainMs, 8000, 60_000),
  plain(
    'InstanceID',
    ['MG_MQTT_ADAPTER_INSTANCE_ID', 'MG_PROVISION_INSTANCE_ID'],
    'i-1',
    (c) => c.server.instanceId,
    undefined,
  ),
  plain('SendTelemetry', ['MG_SEND_TELEMETRY'], 'false', (c) => c.server.sendTelemetry, true, false),
  {
    ...plain(
      'server.server_cert',
      ['MG_PROVISION_SERVER_CERT'],
      '/c.pem',
      (c) => c.server.tls?.cert,
      undefined,
    ),
    with: { MG_PROVISION_SERVER_KEY: '/k.pem' },
  },
  {
    ...plain(
      'server.server_key',
      ['MG_PROVISION_SERVER_KEY'],
      '/k.pem',
      (c) => c.server.tls?.key.reveal(),
      undefined,
    ),
    with: { MG_PROVISION_SERVER_CERT: '/c.pem' },
  },
  plain(
    'server.users_url',
    ['MG_PROVISION_USERS_URL', 'MG_PROVISION_USERS_LOCATION'],
    'http://u:9002',
    (c) => c.services.users,
    'http://localhost',
  ),
  plain(
    'server.clients_url',
    ['MG_PROVISION_CLIENTS_URL', 'MG_PROVISION_CLIENTS_LOCATION'],
    'http://c:9006',
    (c) => c.services.clients,
    'http://localhost',
  ),
  plain(
    'server.channels_url',
    ['MG_PROVISION_CHANNELS_URL', 'MG_PROVISION_CHANNELS_LOCATION'],
    'http://ch:9005',
    (c) => c.services.channels,
    'http://localhost',
  ),
  plain(
    'server.certs_url',
    ['MG_PROVISION_CERTS_URL', 'MG_PROVISION_CERTS_SVC_URL', 'MG_PROVISION_CERTS_LOCATION'],
    'https://certs:9999',
    (c) => c.services.certs,
    'http://localhost:9019',
  ),
  plain(
    'server.mg_bs_url',
    ['MG_PROVISION_BS_SVC_URL'],
    'http://b:9013',
    (c) => c.services.bootstrap,
    'http://localhost:9000',
  ),
  plain('server.tls', ['MG_PROVISION_ENV_CLIENTS_TLS'], 'false', (c) => c.outbound.tls.verify, true, false),
  plain('server.ca_certs', ['MG_PROVISION_CA_CERTS'], '/ca.pem', (c) => c.outbound.tls.ca, undefined),
  plain(
    'server.outbound_timeout',
    ['MG_PROVISION_OUTBOUND_TIMEOUT'],
    '250ms',
    (c) => c.outbound.timeoutMs,
    10_000,
    250,
  ),
  plain(
    'server.mg_api_key',
    ['MG_PROVISION_API_KEY'],
    'key',
    (c) => 'apiKey' in c.credentials && c.credentials.apiKey.reveal(),
    false,
  ),
  {
    ...plain(
      'server.mg_username',
      ['MG_PROVISION_USERNAME'],
      'ann',
      (c) => 'username' in c.credentials && c.credentials.username,
      false,
    ),
    with: { MG_PROVISION_PASS: 'pw' },
  },
  {
    ...plain(
      'server.mg_pass',
      ['MG_PROVISION_PASS'],
      'pw',
      (c) => 'password' in c.credentials && c.credentials.password.reveal(),
      false,
    ),
    with: { MG_PROVISION_USERNAME: 'ann' },
  },
  plain('server.mg_email', ['MG_PROVISION_EMAIL'], 'a@b.c', () => null, null, null),
  plain('server.mg_domain_id', ['MG_PROVISION_DOMAIN_ID'], 'd-1', () => null, null, null),
  plain(
    'auth.jwks_url',
    ['MG_PROVISION_JWKS_URL'],
    'http://auth:9001/keys?x=1',
    (c) => c.auth.jwksUrl,
    undefined,
  ),
  plain('auth.grpc_url', ['MG_AUTH_GRPC_URL'], 'auth:7001', (c) => c.auth.grpc?.url, undefined),
  {
    ...plain(
      'auth.grpc_timeout',
      ['MG_AUTH_GRPC_TIMEOUT'],
      '3s',
      (c) => c.auth.grpc?.timeoutMs,
      undefined,
      3000,
    ),
    with: AUTH,
  },
  {
    ...plain(
      'auth.grpc_client_cert',
      ['MG_AUTH_GRPC_CLIENT_CERT'],
      'c',
      (c) => c.auth.grpc?.clientCert,
      undefined,
    ),
    with: { ...AUTH, ...TLS },
  },
  {
    ...plain(
      'auth.grpc_client_key',
      ['MG_AUTH_GRPC_CLIENT_KEY'],
      'k',
      (c) => c.auth.grpc?.clientKey?.reveal(),
      undefined,
    ),
    with: { ...AUTH, ...TLS },
  },
  {
    ...plain(
      'auth.grpc_server_ca_certs',
      ['MG_AUTH_GRPC_SERVER_CA_CERTS'],
      'ca',
      (c) => c.auth.grpc?.serverCaCerts,
      undefined,
    ),
    with: AUTH,
  },
  plain(
    'auth.allow_unverified_user',
    ['MG_ALLOW_UNVERIFIED_USER'],
    'true',
    (c) => c.auth.allowUnverifiedUser,
    false,
    true,
  ),
  plain(
    'bootstrap.x509_provision',
    ['MG_PROVISION_X509_PROVISIONING'],
    'true',
    (c) => c.provisioning.x509,
    false,
    true,
  ),
  plain(
    'bootstrap.provision',
    ['MG_PROVISION_BS_CONFIG_PROVISIONING'],
    'false',
    (c) => c.provisioning.bootstrap,
    true,
    false,
  ),
  plain(
    'bootstrap.autowhite_list',
    ['MG_PROVISION_BS_AUTO_WHITELIST'],
    'false',
    (c) => c.provisioning.autoWhitelist,
    true,
    false,
  ),
  plain(
    'bootstrap.external_key_in_metadata',
    ['MG_PROVISION_EXTERNAL_KEY_IN_METADATA'],
    'true',
    (c) => c.provisioning.externalKeyInMetadata,
    false,
    true,
  ),
  plain('bootstrap.profile_id', ['MG_PROVISION_BS_PROFILE_ID'], 'p-1', (c) => c.layout.profileId, undefined),
  plain(
    'bootstrap.content',
    ['MG_PROVISION_BS_CONTENT'],
    '{"a":1}',
    (c) => Object.keys(c.layout.content!.source).length,
    5,
    1,
  ),
  plain(
    'bootstrap.values.mqtt_url',
    ['MG_PROVISION_MQTT_URL'],
    'ssl://m:8883',
    (c) =>
      JSON.stringify(c.layout.content?.texts.find(({ path }) => path[1] === 'url')?.pieces).includes(
        '"ssl://m:8883"',
      ),
    false,
    true,
  ),
  plain('cert.ttl', ['MG_PROVISION_CERTS_HOURS_VALID'], '1h30m', (c) => c.provisioning.certTtl, '2400h'),
  plain('cert.backend', ['MG_PROVISION_CERTS_BACKEND'], 'builtin', (c) => c.authority.builtin, false, true),
  plain('authority.path', ['MG_PROVISION_AUTHORITY_PATH'], '/var/ca', (c) => c.authority.path, 'authority'),
  plain(
    'authority.passphrase',
    ['MG_PROVISION_AUTHORITY_PASSPHRASE'],
    'open sesame',
    (c) => c.authority.passphrase?.reveal(),
    undefined,
  ),
  plain(
    'authority.algorithm',
    ['MG_PROVISION_AUTHORITY_ALGORITHM'],
    'Ed25519',
    (c) => c.authority.algorithm,
    'P-256',
  ),
  plain(
    'authority.organization',
    ['MG_PROVISION_AUTHORITY_ORGANIZATION'],
    'Plant',
    (c) => c.authority.organization,
    'Provision',
  ),
  plain(
    'authority.url',
    ['MG_PROVISION_AUTHORITY_URL'],
    'https://ca.example.org',
    (c) => c.authority.url,
    undefined,
  ),
  plain('state.path', ['MG_PROVISION_STATE_PATH'], '/var/p.db', (c) => c.state.path, 'provision.db'),
  plain('state.key', ['MG_PROVISION_STATE_KEY'], HEX_KEY, (c) => c.state.key?.reveal(), undefined),
  {
    ...plain(
      'state.database_url',
      ['MG_PROVISION_DATABASE_URL'],
      'postgres://u:p@db/provision',
      (c) => c.state.url?.reveal(),
      undefined,
    ),
    with: { MG_PROVISION_STATE_KEY: HEX_KEY },
  },
  plain(
    'state.recovery_lease',
    ['MG_PROVISION_RECOVERY_LEASE'],
    '5s',
    (c) => c.recovery.leaseMs,
    15_000,
    5_000,
  ),
  plain(
    'state.recovery_settle',
    ['MG_PROVISION_RECOVERY_SETTLE'],
    '1m',
    (c) => c.recovery.settleMs,
    30_000,
    60_000,
  ),
];
