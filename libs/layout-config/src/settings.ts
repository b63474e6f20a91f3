import type { JsonValue } from '@org/domain';
import { BUILT_IN_CONTENT } from './built-in.js';
import * as kinds from './kinds.js';
import type { Kind } from './kinds.js';

/** One thing that can be configured. Reading, messages, `--check-config` and documentation follow from it. */
export interface Setting<V = unknown> {
  /** TOML path. */
  readonly key: string;
  /** Environment variables; the one that the original binary reads comes first and wins. */
  readonly env: readonly [string, ...string[]];
  readonly kind: Kind<V>;
  /** As somebody would write it. */
  readonly default?: JsonValue;
  /** What the original documents as the default where this product uses none: credentials are never guessed. */
  readonly documentedDefault?: string;
  readonly doc: string;
  /** Not read from the file. */
  readonly envOnly?: true;
}

function setting<T>(spec: Setting<T> & { readonly default: JsonValue }): Setting<T>;
function setting<T>(spec: Setting<T>): Setting<T | undefined>;
function setting<T>(spec: Setting<T>): Setting<T | undefined> {
  return spec;
}

/** Every setting, in the order in which it is listed (names and defaults: Provision README, Magistrala wire §7.3). */
export const SETTINGS = {
  file: setting({
    key: 'file',
    env: ['MG_PROVISION_CONFIG_FILE'],
    kind: kinds.text,
    default: 'config.toml',
    envOnly: true,
    doc: 'Configuration and layout file (TOML). It may be missing only when it was not named.',
  }),
  port: setting({
    key: 'server.port',
    env: ['MG_PROVISION_HTTP_PORT'],
    kind: kinds.port,
    default: '9016',
    doc: 'TCP port to listen on; 0 takes any free one.',
  }),
  host: setting({
    key: 'server.host',
    env: ['MG_PROVISION_HTTP_HOST'],
    kind: kinds.text,
    default: '0.0.0.0',
    doc: 'Address to listen on.',
  }),
  logLevel: setting({
    key: 'server.log_level',
    env: ['MG_PROVISION_LOG_LEVEL'],
    kind: kinds.logLevel,
    default: 'info',
    doc: 'debug, info, warn or error.',
  }),
  serverCert: setting({
    key: 'server.server_cert',
    env: ['MG_PROVISION_SERVER_CERT'],
    kind: kinds.text,
    doc: 'Certificate for HTTPS, with its chain: path or inline PEM.',
  }),
  serverKey: setting({
    key: 'server.server_key',
    env: ['MG_PROVISION_SERVER_KEY'],
    kind: kinds.secret,
    doc: 'Private key for HTTPS: path or inline PEM.',
  }),
  allowAnonymous: setting({
    key: 'server.allow_anonymous',
    env: ['MG_PROVISION_ALLOW_ANONYMOUS'],
    kind: kinds.flag,
    default: 'true',
    doc: "Whether POST /{domainID}/mapping without a token may use the service's own credentials.",
  }),
  bodyLimit: setting({
    key: 'server.body_limit',
    env: ['MG_PROVISION_BODY_LIMIT'],
    kind: kinds.byteCount,
    default: '1048576',
    doc: 'Bytes that a request body may have.',
  }),
  drainMs: setting({
    key: 'server.drain_timeout',
    env: ['MG_PROVISION_DRAIN_TIMEOUT'],
    kind: kinds.wait(0),
    default: '8s',
    doc: 'Time for requests under way after SIGTERM (docker kills after 10s).',
  }),
  instanceId: setting({
    key: 'InstanceID',
    env: ['MG_MQTT_ADAPTER_INSTANCE_ID', 'MG_PROVISION_INSTANCE_ID'],
    kind: kinds.text,
    doc: 'Instance id in health answers; random when not set.',
  }),
  sendTelemetry: setting({
    key: 'SendTelemetry',
    env: ['MG_SEND_TELEMETRY'],
    kind: kinds.flag,
    default: 'true',
    doc: 'Understood, without effect: this service calls nobody home.',
  }),
  usersUrl: setting({
    key: 'server.users_url',
    env: ['MG_PROVISION_USERS_URL', 'MG_PROVISION_USERS_LOCATION'],
    kind: kinds.baseUrl,
    default: 'http://localhost',
    doc: 'Users service.',
  }),
  clientsUrl: setting({
    key: 'server.clients_url',
    env: ['MG_PROVISION_CLIENTS_URL', 'MG_PROVISION_CLIENTS_LOCATION'],
    kind: kinds.baseUrl,
    default: 'http://localhost',
    doc: 'Clients service.',
  }),
  channelsUrl: setting({
    key: 'server.channels_url',
    env: ['MG_PROVISION_CHANNELS_URL', 'MG_PROVISION_CHANNELS_LOCATION'],
    kind: kinds.baseUrl,
    default: 'http://localhost',
    doc: 'Channels service.',
  }),
  // The README's `http://localhost` for CERTS_LOCATION can never answer: certs is not behind nginx (wire §0.5).
  certsUrl: setting({
    key: 'server.certs_url',
    env: ['MG_PROVISION_CERTS_URL', 'MG_PROVISION_CERTS_SVC_URL', 'MG_PROVISION_CERTS_LOCATION'],
    kind: kinds.baseUrl,
    default: 'http://localhost:9019',
    doc: 'Certs service.',
  }),
  bootstrapUrl: setting({
    key: 'server.mg_bs_url',
    env: ['MG_PROVISION_BS_SVC_URL'],
    kind: kinds.baseUrl,
    default: 'http://localhost:9000',
    doc: 'Bootstrap service.',
  }),
  verifyTls: setting({
    key: 'server.tls',
    env: ['MG_PROVISION_ENV_CLIENTS_TLS'],
    kind: kinds.flag,
    default: 'true',
    doc: "Verify the TLS certificates of Magistrala's services. Off only when set to false (the original's default).",
  }),
  caCerts: setting({
    key: 'server.ca_certs',
    env: ['MG_PROVISION_CA_CERTS'],
    kind: kinds.text,
    doc: "Trust anchors for Magistrala's services, beside the system's: path or inline PEM.",
  }),
  outboundTimeoutMs: setting({
    key: 'server.outbound_timeout',
    env: ['MG_PROVISION_OUTBOUND_TIMEOUT'],
    kind: kinds.wait(1),
    default: '10s',
    doc: 'Time for the whole of one call to a Magistrala service.',
  }),
  apiKey: setting({
    key: 'server.mg_api_key',
    env: ['MG_PROVISION_API_KEY'],
    kind: kinds.secret,
    doc: 'Magistrala token for requests that bring none; goes before username and password.',
  }),
  username: setting({
    key: 'server.mg_username',
    env: ['MG_PROVISION_USERNAME'],
    kind: kinds.text,
    documentedDefault: 'user',
    doc: 'Magistrala user for requests that bring no token. Used only when set, with the password.',
  }),
  password: setting({
    key: 'server.mg_pass',
    env: ['MG_PROVISION_PASS'],
    kind: kinds.secret,
    documentedDefault: 'test',
    doc: "That user's password. Used only when set.",
  }),
  email: setting({
    key: 'server.mg_email',
    env: ['MG_PROVISION_EMAIL'],
    kind: kinds.text,
    default: 'test@example.com',
    doc: 'Understood, without effect.',
  }),
  domainId: setting({
    key: 'server.mg_domain_id',
    env: ['MG_PROVISION_DOMAIN_ID'],
    kind: kinds.text,
    doc: 'Understood, without effect: the domain is in the path of a request.',
  }),
  jwksUrl: setting({
    key: 'auth.jwks_url',
    env: ['MG_PROVISION_JWKS_URL'],
    kind: kinds.documentUrl,
    doc: "JWKS document that callers' tokens are verified with.",
  }),
  grpcUrl: setting({
    key: 'auth.grpc_url',
    env: ['MG_AUTH_GRPC_URL'],
    kind: kinds.hostPort,
    doc: "host:port of Magistrala's auth gRPC service, which verifies callers' tokens.",
  }),
  grpcTimeoutMs: setting({
    key: 'auth.grpc_timeout',
    env: ['MG_AUTH_GRPC_TIMEOUT'],
    kind: kinds.wait(1),
    default: '1s',
    doc: 'Time for one call to it.',
  }),
  grpcClientCert: setting({
    key: 'auth.grpc_client_cert',
    env: ['MG_AUTH_GRPC_CLIENT_CERT'],
    kind: kinds.text,
    doc: 'Client certificate for it (mTLS): path or inline PEM.',
  }),
  grpcClientKey: setting({
    key: 'auth.grpc_client_key',
    env: ['MG_AUTH_GRPC_CLIENT_KEY'],
    kind: kinds.secret,
    doc: 'Private key of that certificate: path or inline PEM.',
  }),
  grpcServerCaCerts: setting({
    key: 'auth.grpc_server_ca_certs',
    env: ['MG_AUTH_GRPC_SERVER_CA_CERTS'],
    kind: kinds.text,
    doc: 'Trust anchors for it; TLS is used when set. Path or inline PEM.',
  }),
  allowUnverifiedUser: setting({
    key: 'auth.allow_unverified_user',
    env: ['MG_ALLOW_UNVERIFIED_USER'],
    kind: kinds.flag,
    default: 'false',
    doc: 'Whether users who have not verified their e-mail address may call.',
  }),
  x509: setting({
    key: 'bootstrap.x509_provision',
    env: ['MG_PROVISION_X509_PROVISIONING'],
    kind: kinds.flag,
    default: 'false',
    doc: 'Issue client certificates during provisioning.',
  }),
  bootstrap: setting({
    key: 'bootstrap.provision',
    env: ['MG_PROVISION_BS_CONFIG_PROVISIONING'],
    kind: kinds.flag,
    default: 'true',
    doc: 'Make a bootstrap configuration for the gateway.',
  }),
  autoWhitelist: setting({
    key: 'bootstrap.autowhite_list',
    env: ['MG_PROVISION_BS_AUTO_WHITELIST'],
    kind: kinds.flag,
    default: 'true',
    doc: 'Leave that configuration enabled. Off by itself when no configuration is made.',
  }),
  externalKeyInMetadata: setting({
    key: 'bootstrap.external_key_in_metadata',
    env: ['MG_PROVISION_EXTERNAL_KEY_IN_METADATA'],
    kind: kinds.flag,
    default: 'false',
    doc: "Write the external key in clear into the gateway's metadata, as the original does.",
  }),
  profileId: setting({
    key: 'bootstrap.profile_id',
    env: ['MG_PROVISION_BS_PROFILE_ID'],
    kind: kinds.shortText(36),
    doc: 'Bootstrap profile to assign. Gateways then get what it renders.',
  }),
  content: setting({
    key: 'bootstrap.content',
    env: ['MG_PROVISION_BS_CONTENT'],
    kind: kinds.table,
    default: BUILT_IN_CONTENT,
    doc: "Bootstrap content: a JSON object (a table in TOML) that may hold references such as `${gateway.id}`. The built-in one is what today's Magistrala agent needs.",
  }),
  mqttUrl: setting({
    key: 'bootstrap.values.mqtt_url',
    env: ['MG_PROVISION_MQTT_URL'],
    kind: kinds.text,
    default: '',
    doc: 'MQTT address for gateways: what `${values.mqtt_url}` in content stands for.',
  }),
  certTtl: setting({
    key: 'cert.ttl',
    env: ['MG_PROVISION_CERTS_HOURS_VALID'],
    kind: kinds.goDuration,
    default: '2400h',
    doc: 'Lifetime asked for client certificates.',
  }),
  certsBackend: setting({
    key: 'cert.backend',
    env: ['MG_PROVISION_CERTS_BACKEND'],
    kind: kinds.certsBackend,
    default: 'magistrala',
    doc: "Who issues certificates: magistrala (its certs service) or builtin (this product's own authority).",
  }),
  authorityPath: setting({
    key: 'authority.path',
    env: ['MG_PROVISION_AUTHORITY_PATH'],
    kind: kinds.text,
    default: 'authority',
    doc: 'Folder of the built-in authority: certificates and keys. Made at first start.',
  }),
  authorityPassphrase: setting({
    key: 'authority.passphrase',
    env: ['MG_PROVISION_AUTHORITY_PASSPHRASE'],
    kind: kinds.secret,
    doc: 'Encrypts the keys in it.',
  }),
  authorityAlgorithm: setting({
    key: 'authority.algorithm',
    env: ['MG_PROVISION_AUTHORITY_ALGORITHM'],
    kind: kinds.authorityAlgorithm,
    default: 'P-256',
    doc: 'Keys of a new authority: P-256, P-384, RSA-3072 or Ed25519.',
  }),
  authorityOrganization: setting({
    key: 'authority.organization',
    env: ['MG_PROVISION_AUTHORITY_ORGANIZATION'],
    kind: kinds.shortText(64),
    default: 'Provision',
    doc: 'Organisation in the names of a new authority.',
  }),
  authorityUrl: setting({
    key: 'authority.url',
    env: ['MG_PROVISION_AUTHORITY_URL'],
    kind: kinds.baseUrl,
    doc: 'Where devices reach this service: goes into certificates as the address of CRL, OCSP and issuer.',
  }),
  statePath: setting({
    key: 'state.path',
    env: ['MG_PROVISION_STATE_PATH'],
    kind: kinds.text,
    default: 'provision.db',
    doc: 'SQLite file that keeps what is under way.',
  }),
  stateKey: setting({
    key: 'state.key',
    env: ['MG_PROVISION_STATE_KEY'],
    kind: kinds.key32,
    doc: 'Seals secrets in it: 32 bytes, hexadecimal or base64. A key file beside it when not set.',
  }),
  databaseUrl: setting({
    key: 'state.database_url',
    env: ['MG_PROVISION_DATABASE_URL'],
    kind: kinds.postgresUrl,
    doc: 'PostgreSQL to keep it in instead, shared by any number of replicas; needs the state key.',
  }),
  recoveryLeaseMs: setting({
    key: 'state.recovery_lease',
    env: ['MG_PROVISION_RECOVERY_LEASE'],
    kind: kinds.wait(1),
    default: '15s',
    doc: 'How long a silent process keeps its runs before another takes them over.',
  }),
  recoverySettleMs: setting({
    key: 'state.recovery_settle',
    env: ['MG_PROVISION_RECOVERY_SETTLE'],
    kind: kinds.wait(0),
    default: '30s',
    doc: 'When to look once more for what unanswered calls may have made: longer than the platform works on one.',
  }),
};

/** A row of the table of settings for people. */
export interface SettingRow {
  /** The environment variable, the other names that are understood after it. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Empty when it cannot be set in the file. */
  readonly toml: string;
  /** Empty when there is none. */
  readonly default: string;
  readonly description: string;
}

/** All settings with their names and defaults: for the README and `--help`. */
export function settingsTable(): SettingRow[] {
  return Object.values<Setting>(SETTINGS).map(({ env: [name, ...aliases], key, envOnly, doc, ...rest }) => ({
    name,
    aliases,
    toml: envOnly ? '' : key,
    default: rest.documentedDefault ?? defaultText(rest.default),
    description: doc,
  }));
}

/** A default as a table shows it. */
export function defaultText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? '(built in)' : String(value);
}
