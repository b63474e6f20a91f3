import { type Case, plain } from './setting-case.js';

const BUILTIN = { MG_PROVISION_CERTS_BACKEND: 'builtin' };
const LOCAL = ['localhost', '127.0.0.1', '::1'];
const MINUTE = 60_000;
const HEX_KEY = 'ab'.repeat(32);

/** Of enrolment, and of the apps that serve it. */
export const ENROLMENT_CASES: Case[] = [
  {
    ...plain('server.platform', ['MG_PROVISION_PLATFORM'], 'none', (c) => c.platform, 'magistrala'),
    with: BUILTIN,
  },
  {
    ...plain('server.https', ['MG_PROVISION_HTTP_TLS'], 'builtin', (c) => c.server.tlsBuiltin, false, true),
    with: BUILTIN,
  },
  plain(
    'server.names',
    ['MG_PROVISION_SERVER_NAMES'],
    'Provision.Example.org, 10.0.0.7,fe80::1',
    (c) => c.server.names,
    LOCAL,
    ['provision.example.org', '10.0.0.7', 'fe80::1'],
  ),
  plain(
    'server.trusted_proxies',
    ['MG_PROVISION_TRUSTED_PROXIES'],
    '10.0.0.0/8,fd00::/8, 192.0.2.1',
    (c) => c.server.trustedProxies,
    [],
    ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
  ),
  plain('grpc.host', ['MG_PROVISION_GRPC_HOST'], '127.0.0.1', (c) => c.grpc.host, '0.0.0.0'),
  plain('grpc.port', ['MG_PROVISION_GRPC_PORT'], '0', (c) => c.grpc.port, 9017, 0),
  plain('grpc.metrics_port', ['MG_PROVISION_GRPC_METRICS_PORT'], '0', (c) => c.grpc.metricsPort, 9018, 0),
  plain('grpc.tls', ['MG_PROVISION_GRPC_TLS'], 'off', (c) => c.grpc.plaintext, false, true),
  {
    ...plain('grpc.server_cert', ['MG_PROVISION_GRPC_CERT'], '/c.pem', (c) => c.grpc.tls?.cert, undefined),
    with: { MG_PROVISION_GRPC_KEY: '/k.pem' },
  },
  {
    ...plain(
      'grpc.server_key',
      ['MG_PROVISION_GRPC_KEY'],
      '/k.pem',
      (c) => c.grpc.tls?.key.reveal(),
      undefined,
    ),
    with: { MG_PROVISION_GRPC_CERT: '/c.pem' },
  },
  plain('grpc.names', ['MG_PROVISION_GRPC_NAMES'], 'enrol.plant', (c) => c.grpc.names, LOCAL, [
    'enrol.plant',
  ]),
  plain(
    'grpc.max_message',
    ['MG_PROVISION_GRPC_MAX_MESSAGE'],
    '4096',
    (c) => c.grpc.maxMessageBytes,
    65_536,
    4096,
  ),
  {
    ...plain('enrolment.enabled', ['MG_PROVISION_ENROLMENT'], 'on', (c) => c.enrolment.enabled, false, true),
    with: BUILTIN,
  },
  plain(
    'enrolment.verification_url',
    ['MG_PROVISION_VERIFICATION_URL'],
    'https://plant.test/enrol?x=1',
    (c) => c.enrolment.verificationUrl,
    undefined,
  ),
  plain(
    'enrolment.bootstrap_url',
    ['MG_PROVISION_DEVICE_BOOTSTRAP_URL'],
    'https://boot.plant.test',
    (c) => c.enrolment.bootstrapUrl,
    'http://localhost:9000',
  ),
  plain(
    'enrolment.code_lifetime',
    ['MG_PROVISION_CODE_LIFETIME'],
    '5m',
    (c) => c.enrolment.codeLifetimeMs,
    10 * MINUTE,
    5 * MINUTE,
  ),
  plain(
    'enrolment.operator_tokens',
    ['MG_PROVISION_OPERATOR_TOKENS'],
    `ana:${HEX_KEY}, ben:${HEX_KEY.toUpperCase()}`,
    (c) => c.enrolment.operators,
    [],
    [
      { name: 'ana', tokenHash: HEX_KEY },
      { name: 'ben', tokenHash: HEX_KEY },
    ],
  ),
  plain(
    'enrolment.legacy_devices',
    ['MG_PROVISION_LEGACY_DEVICES'],
    'true',
    (c) => c.enrolment.legacyDevices,
    false,
    true,
  ),
  plain(
    'enrolment.legacy_devices_any_address',
    ['MG_PROVISION_LEGACY_DEVICES_ANY_ADDRESS'],
    'true',
    (c) => c.enrolment.legacyDevicesAnyAddress,
    false,
    true,
  ),
  plain(
    'enrolment.legacy_devices_plain_http',
    ['MG_PROVISION_LEGACY_DEVICES_PLAIN_HTTP'],
    'false',
    (c) => c.enrolment.legacyDevicesPlainHttp,
    true,
    false,
  ),
  plain(
    'enrolment.reissue_within',
    ['MG_PROVISION_REISSUE_WITHIN'],
    '1h',
    (c) => c.enrolment.reissueWithinMs,
    10 * MINUTE,
    60 * MINUTE,
  ),
  plain(
    'enrolment.renew_after_expiry',
    ['MG_PROVISION_RENEW_AFTER_EXPIRY'],
    '720h',
    (c) => c.enrolment.renewAfterExpiryMs,
    168 * 60 * MINUTE,
    720 * 60 * MINUTE,
  ),
  plain(
    'enrolment.max_late_renewals',
    ['MG_PROVISION_MAX_LATE_RENEWALS'],
    '0',
    (c) => c.enrolment.maxLateRenewals,
    3,
    0,
  ),
];
