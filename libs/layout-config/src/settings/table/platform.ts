import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** In the place of trust anchors: those that Node trusts by itself. Magistrala has no such word. */
export const SYSTEM_ANCHORS = 'system';

/** Magistrala: where it is, and who calls it. */
export const PLATFORM = {
  platform: setting({
    key: 'server.platform',
    env: ['MG_PROVISION_PLATFORM'],
    kind: kinds.platform,
    default: 'magistrala',
    doc: 'magistrala, or none: nothing is provisioned, and devices only get certificates by code.',
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
  // The README's `http://localhost` for CERTS_LOCATION can never answer: certs is not behind nginx (Magistrala wire §0.5).
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
    doc: "Time limit of reads from Magistrala's services.",
  }),
  outboundWriteTimeoutMs: setting({
    key: 'server.outbound_write_timeout',
    env: ['MG_PROVISION_OUTBOUND_WRITE_TIMEOUT'],
    kind: kinds.wait(1),
    default: '15s',
    doc: 'Time limit of writes to them. The write itself is never cut off; see MG_PROVISION_RECOVERY_SETTLE.',
  }),
  outboundConfigurationTimeoutMs: setting({
    key: 'server.outbound_configuration_timeout',
    env: ['MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT'],
    kind: kinds.wait(1),
    default: '60s',
    doc: 'How long to wait for the bootstrap service to create a configuration, and at most for a turn to request it: it hashes external keys with bcrypt, one after the other.',
  }),
  apiKey: setting({
    key: 'server.mg_api_key',
    env: ['MG_PROVISION_API_KEY'],
    kind: kinds.token,
    doc: 'Personal access token (pat_…) of the service itself: for requests that bring no token, and to remove what failed runs created. Goes before username and password. An API key of Magistrala does not work: its own services refuse it.',
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
  recoveryApiKey: setting({
    key: 'server.recovery_api_key',
    env: ['MG_PROVISION_RECOVERY_API_KEY'],
    kind: kinds.secret,
    doc: 'Magistrala token for recovery and removal only; no caller is served with it. The credentials above serve both when none are set here.',
  }),
  recoveryUsername: setting({
    key: 'server.recovery_username',
    env: ['MG_PROVISION_RECOVERY_USERNAME'],
    kind: kinds.text,
    doc: 'Magistrala user for the same purpose. Used only when set, with the password.',
  }),
  recoveryPassword: setting({
    key: 'server.recovery_pass',
    env: ['MG_PROVISION_RECOVERY_PASS'],
    kind: kinds.secret,
    doc: "That user's password.",
  }),
  email: setting({
    key: 'server.mg_email',
    env: ['MG_PROVISION_EMAIL'],
    kind: kinds.text,
    default: 'test@example.com',
    doc: 'Accepted for compatibility and ignored.',
  }),
  domainId: setting({
    key: 'server.mg_domain_id',
    env: ['MG_PROVISION_DOMAIN_ID'],
    kind: kinds.text,
    doc: 'Accepted for compatibility and ignored: the domain is in the path of a request.',
  }),
  jwksUrl: setting({
    key: 'auth.jwks_url',
    env: ['MG_PROVISION_JWKS_URL'],
    kind: kinds.documentUrl,
    doc: "JWKS document that callers' tokens are verified with.",
  }),
  authGrpcUrl: setting({
    key: 'auth.grpc_url',
    env: ['MG_AUTH_GRPC_URL'],
    kind: kinds.hostPort,
    doc: "host:port of Magistrala's auth gRPC service, which verifies callers' tokens.",
  }),
  authGrpcTimeoutMs: setting({
    key: 'auth.grpc_timeout',
    env: ['MG_AUTH_GRPC_TIMEOUT'],
    kind: kinds.wait(1),
    default: '1s',
    doc: 'Time for one call to it.',
  }),
  authGrpcClientCert: setting({
    key: 'auth.grpc_client_cert',
    env: ['MG_AUTH_GRPC_CLIENT_CERT'],
    kind: kinds.text,
    doc: 'Client certificate for it (mTLS): path or inline PEM.',
  }),
  authGrpcClientKey: setting({
    key: 'auth.grpc_client_key',
    env: ['MG_AUTH_GRPC_CLIENT_KEY'],
    kind: kinds.secret,
    doc: 'Private key of that certificate: path or inline PEM.',
  }),
  authGrpcServerCaCerts: setting({
    key: 'auth.grpc_server_ca_certs',
    env: ['MG_AUTH_GRPC_SERVER_CA_CERTS'],
    kind: kinds.text,
    doc: `Trust anchors for it; TLS is used when set. Path or inline PEM, or \`${SYSTEM_ANCHORS}\`: those of the system.`,
  }),
  allowUnverifiedUser: setting({
    key: 'auth.allow_unverified_user',
    env: ['MG_ALLOW_UNVERIFIED_USER'],
    kind: kinds.flag,
    default: 'false',
    doc: 'Whether users who have not verified their e-mail address may call.',
  }),
};
