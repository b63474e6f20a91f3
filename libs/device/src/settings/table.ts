import * as kinds from './kinds.js';
import type { Kind } from './kinds.js';

/** One setting: its names, how it is read, and what people are told about it. */
export interface Setting<T = unknown> {
  /** Keys in settings.yml: the one to write, then those of other releases of mecha-agent. */
  readonly keys: readonly [string, ...string[]];
  /** A variable that wins over the file. */
  readonly env?: string;
  /** Variables that many programs read: the first of them that is set counts where nothing else says anything. */
  readonly inherited?: readonly string[];
  readonly kind: Kind<T>;
  /** As someone would write it; `{data}` stands for the value of `data.dir`. */
  readonly default?: string | number | boolean;
  readonly doc: string;
  /** For the new settings file, where there is no default. */
  readonly example?: string | number;
  /** Written into a new settings file; the others stand there as comments. */
  readonly basic?: true;
}

const setting = <T>(one: Setting<T>): Setting<T> => one;

/** With a default, the value is always there. */
const withDefault = <T, D extends string | number | boolean>(
  one: Setting<T> & { readonly default: D },
): Setting<T> & { readonly default: D } => one;

/** The variable with the PIN of a token: more people read a settings file than a PIN is for. */
export const PKCS11_PIN = 'MECHA_AGENT_PKCS11_PIN';

/** Everything that settings.yml can say; also the source of the file that `init` writes. */
export const SETTINGS = {
  serverUrl: withDefault({
    keys: ['provisioning.server_url', 'backend.service'],
    kind: kinds.baseUrl,
    default: 'http://localhost:3000',
    doc: 'Address of the provisioning server. Use https outside of tests.',
    basic: true,
  }),
  certSignUrl: withDefault({
    keys: ['provisioning.cert_sign_url'],
    kind: kinds.text,
    default: '/v1/provisioning/cert/sign',
    doc: 'Path on that server under which certificates are renewed, where it speaks the older HTTP wire only.',
    basic: true,
  }),
  grpcUrl: setting({
    keys: ['provisioning.grpc_url'],
    env: 'MECHA_AGENT_GRPC_URL',
    kind: kinds.grpcUrl,
    doc: "Address of the server's EnrolmentService (gRPC). Without it, the older HTTP wire is used.",
    example: 'https://provision.example:7443',
  }),
  allowPlaintext: withDefault({
    keys: ['provisioning.allow_plaintext'],
    kind: kinds.flag,
    default: false,
    doc: 'True lets grpc_url be http:// to another machine: anybody on the way can then take the identity. For tests only.',
  }),
  rootFingerprint: setting({
    keys: ['provisioning.root_fingerprint'],
    env: 'MECHA_AGENT_ROOT_FINGERPRINT',
    kind: kinds.sha256,
    doc: 'SHA-256 of the root certificate to trust. Without it, and without a root certificate on the disk, the root that comes with the first certificate is trusted.',
    example: '0000000000000000000000000000000000000000000000000000000000000000',
  }),
  keyKind: withDefault({
    keys: ['provisioning.key_algorithm'],
    kind: kinds.keyKind,
    default: 'P-256',
    doc: 'Kind of private key that is made: P-256, RSA-2048 or RSA-3072.',
  }),
  pkcs11Module: setting({
    keys: ['key_store.pkcs11.module'],
    kind: kinds.path,
    doc: "Library of a PKCS#11 token: the private key is made and kept there, not in a file. Needs OpenSC's pkcs11-tool; see the README for what such a key cannot do.",
    example: '/usr/lib/softhsm/libsofthsm2.so',
  }),
  pkcs11Token: setting({
    keys: ['key_store.pkcs11.token'],
    kind: kinds.id,
    doc: 'Label of the token.',
    example: 'device',
  }),
  pkcs11PinFile: setting({
    keys: ['key_store.pkcs11.pin_file'],
    kind: kinds.path,
    doc: `File with the PIN of the token's user, mode 0600. ${PKCS11_PIN} wins over it; the PIN itself is not written here.`,
    example: '/etc/provision-agent/pin',
  }),
  privateKey: withDefault({
    keys: ['provisioning.paths.machine.private_key', 'provisioning.paths.device.private_key'],
    kind: kinds.path,
    default: '{data}/openssl/ecdsa/key.pem',
    doc: 'Private key. It never leaves this device.',
    basic: true,
  }),
  csr: withDefault({
    keys: ['provisioning.paths.machine.csr', 'provisioning.paths.device.csr'],
    kind: kinds.path,
    default: '{data}/openssl/ecdsa/csr.pem',
    doc: 'The certificate request that the certificate was issued for.',
    basic: true,
  }),
  cert: withDefault({
    keys: ['provisioning.paths.machine.cert', 'provisioning.paths.device.cert'],
    kind: kinds.path,
    default: '{data}/agent/certs/machine.pem',
    doc: 'Certificate of this machine.',
    basic: true,
  }),
  serverCert: withDefault({
    keys: ['provisioning.paths.server.cert'],
    kind: kinds.path,
    default: '{data}/agent/certs/server.pem',
    doc: "CA certificates for the server's TLS, used when the file exists. Without it, those that root says, else those of the system.",
    basic: true,
  }),
  caBundle: withDefault({
    keys: ['provisioning.paths.ca_bundle.cert', 'provisioning.paths.intermediate.cert'],
    kind: kinds.path,
    default: '{data}/agent/certs/ca_bundle.pem',
    doc: 'Certificates between this machine and the root.',
    basic: true,
  }),
  root: withDefault({
    keys: ['provisioning.paths.root.cert'],
    kind: kinds.path,
    default: '{data}/agent/certs/root.pem',
    doc: 'Root certificate. Put it here beforehand to pin it.',
    basic: true,
  }),
  model: setting({
    keys: ['device.model'],
    kind: kinds.id,
    doc: 'What this device says it is when it enrols. Without it, what the hardware says.',
    example: 'Gateway 3',
  }),
  serial: setting({
    keys: ['device.serial'],
    kind: kinds.id,
    doc: 'Serial number, likewise.',
    example: 'SN-0042',
  }),
  state: withDefault({
    keys: ['provisioning.paths.state'],
    kind: kinds.path,
    default: '{data}/agent/state',
    doc: 'Folder for what the agent notes while it enrols and renews.',
  }),
  proxy: setting({
    keys: ['proxy.url'],
    env: 'MECHA_AGENT_HTTPS_PROXY',
    inherited: ['https_proxy', 'HTTPS_PROXY'],
    kind: kinds.proxy,
    doc: 'HTTP proxy for all connections with TLS, with user:password@ where it wants them; none switches off what https_proxy says.',
    example: 'http://proxy.example:3128',
  }),
  noProxy: setting({
    keys: ['proxy.except'],
    env: 'MECHA_AGENT_NO_PROXY',
    inherited: ['no_proxy', 'NO_PROXY'],
    kind: kinds.noProxy,
    doc: 'Hosts that are not reached through it: names with all below them, IP addresses, CIDR blocks. This device itself never is.',
    example: 'plant.example, 10.0.0.0/8',
  }),
  data: withDefault({
    keys: ['data.dir'],
    kind: kinds.path,
    default: '~/.mecha',
    doc: 'Folder that the default paths start from.',
  }),
  grpcEnabled: withDefault({
    keys: ['server.enabled', 'grpc.enabled'],
    kind: kinds.flag,
    default: true,
    doc: 'Whether to serve programs on this device over gRPC.',
  }),
  listen: withDefault({
    keys: ['server.url', 'grpc.addr'],
    kind: kinds.listenAddress,
    default: '127.0.0.1',
    doc: 'Where to serve them: an IP address, or unix:/path/of/socket.',
    basic: true,
  }),
  port: withDefault({
    keys: ['server.port', 'grpc.port'],
    kind: kinds.port,
    default: 3001,
    doc: 'Port for it.',
    basic: true,
  }),
  tls: withDefault({
    keys: ['server.tls', 'grpc.tls'],
    kind: kinds.flag,
    default: false,
    doc: 'TLS is not offered here; use the loopback address or a socket.',
  }),
  token: setting({
    keys: ['server.token'],
    env: 'MECHA_AGENT_TOKEN',
    kind: kinds.secret,
    doc: 'When set, callers must send it as "authorization: Bearer <token>". At an IP address, deprovision needs it.',
    example: 'a long random text',
  }),
  healthListen: withDefault({
    keys: ['health.url'],
    kind: kinds.listenAddress,
    default: '127.0.0.1',
    doc: 'Where to serve health and metrics over HTTP: an address, for which health.port is needed, or unix:/path/of/socket.',
  }),
  healthPort: setting({
    keys: ['health.port'],
    kind: kinds.port,
    doc: 'Port for it. Without it they are not served at an address.',
    example: 3002,
  }),
  logLevel: withDefault({
    keys: ['logging.level'],
    env: 'MECHA_AGENT_LOG_LEVEL',
    kind: kinds.logLevel,
    default: 'info',
    doc: 'trace, debug, info, warn or error.',
  }),
  logFormat: withDefault({
    keys: ['logging.format'],
    env: 'MECHA_AGENT_LOG_FORMAT',
    kind: kinds.logFormat,
    default: 'text',
    doc: 'text for people, json for programs.',
  }),
  logPath: withDefault({
    keys: ['logging.path'],
    kind: kinds.pathOrNone,
    default: '',
    doc: 'File to write logs to. Without it they go to the standard output.',
  }),
  bootstrapUrl: setting({
    keys: ['bootstrap.url'],
    env: 'MG_AGENT_BOOTSTRAP_URL',
    kind: kinds.bootstrapUrl,
    doc: "Address of Magistrala's bootstrap service. After an enrolment the server says it.",
    example: 'https://bootstrap.example/clients/bootstrap',
  }),
  externalId: setting({
    keys: ['bootstrap.external_id'],
    env: 'MG_AGENT_BOOTSTRAP_EXTERNAL_ID',
    kind: kinds.id,
    doc: 'External id of this gateway there.',
    example: '33:52:77:99:43',
  }),
  externalKey: setting({
    keys: ['bootstrap.external_key'],
    env: 'MG_AGENT_BOOTSTRAP_EXTERNAL_KEY',
    kind: kinds.secret,
    doc: 'External key of this gateway there.',
    example: 'the external key',
  }),
  encryptionKey: setting({
    keys: ['bootstrap.encryption_key'],
    env: 'MG_AGENT_BOOTSTRAP_ENCRYPTION_KEY',
    kind: kinds.aesKey,
    doc: 'When set, the encrypted form of the bootstrap service is used, with this key.',
    example: 'a text of 16, 24 or 32 bytes ...',
  }),
  bootstrapAttempts: withDefault({
    keys: ['bootstrap.retries'],
    env: 'MG_AGENT_BOOTSTRAP_RETRIES',
    kind: kinds.integer('a number of attempts from 0 to 1000; 0 is the same as 1', 0, 1000),
    default: 5,
    doc: 'Attempts altogether before the fetch counts as failed.',
  }),
  bootstrapDelay: withDefault({
    keys: ['bootstrap.retry_delay_seconds'],
    env: 'MG_AGENT_BOOTSTRAP_RETRY_DELAY_SECONDS',
    kind: kinds.integer('a number of seconds from 0 to 86400', 0, 86_400),
    default: 10,
    doc: 'Seconds between them.',
  }),
  bootstrapSkipTls: withDefault({
    keys: ['bootstrap.skip_tls'],
    env: 'MG_AGENT_BOOTSTRAP_SKIP_TLS',
    kind: kinds.flag,
    default: false,
    doc: "True turns the check of the bootstrap service's certificate off. For tests only.",
  }),
  bootstrapCache: withDefault({
    keys: ['bootstrap.cache_path'],
    env: 'MG_AGENT_BOOTSTRAP_CACHE_PATH',
    kind: kinds.path,
    default: '/var/lib/agent/bootstrap.json',
    doc: 'Where the answer of the bootstrap service is kept.',
  }),
  bootstrapConfig: withDefault({
    keys: ['bootstrap.config_path'],
    env: 'MG_AGENT_CONFIG_PATH',
    kind: kinds.path,
    default: 'agent-config.json',
    doc: "Where what follows from it is kept, in the form of Magistrala's agent.",
  }),
  mqttUrl: withDefault({
    keys: ['mqtt.url'],
    env: 'MG_AGENT_MQTT_URL',
    kind: kinds.brokerUrl,
    default: 'localhost:1883',
    doc: 'Broker to use when the bootstrap configuration names none.',
  }),
  mqttMtls: withDefault({
    keys: ['mqtt.mtls'],
    env: 'MG_AGENT_MQTT_MTLS',
    kind: kinds.flag,
    default: false,
    doc: 'Whether the broker asks for a client certificate; user and password may then be absent.',
  }),
} as const;

/** Sections and keys of mecha-agent that this agent understands and has no use for. */
export const WITHOUT_EFFECT: readonly string[] = [
  'version',
  'backend.messaging',
  'logging.enabled',
  'messaging',
  'networking',
  'sentry',
  'settings.storage',
  'status',
  'telemetry',
];
