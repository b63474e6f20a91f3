import * as kinds from '../kinds.js';
import * as lists from '../list-kinds.js';
import { setting } from './setting.js';

/** How the HTTP app listens, and what both apps have in common. */
export const SERVING = {
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
  logFormat: setting({
    key: 'server.log_format',
    env: ['MG_PROVISION_LOG_FORMAT'],
    kind: kinds.logFormat,
    default: 'auto',
    doc: 'json: one object a line, for programs. text: one line for people. auto: text on a terminal, else json.',
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
  httpTls: setting({
    key: 'server.https',
    env: ['MG_PROVISION_HTTP_TLS'],
    kind: kinds.tlsSource,
    default: 'configured',
    doc: 'configured: HTTPS where a certificate is set above, else plain HTTP. builtin: HTTPS with a certificate of the built-in authority.',
  }),
  serverNames: setting({
    key: 'server.names',
    env: ['MG_PROVISION_SERVER_NAMES'],
    kind: lists.names,
    default: 'localhost,127.0.0.1,::1',
    doc: "Host names and IP addresses under which this service is reached: go into such a certificate. The machine's own name too when not set.",
  }),
  trustedProxies: setting({
    key: 'server.trusted_proxies',
    env: ['MG_PROVISION_TRUSTED_PROXIES'],
    kind: lists.addressBlocks,
    doc: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto both apps believe: IP addresses or CIDR blocks.',
  }),
  allowAnonymous: setting({
    key: 'server.allow_anonymous',
    env: ['MG_PROVISION_ALLOW_ANONYMOUS'],
    kind: kinds.flag,
    doc: "Whether POST /{domainID}/mapping without a token may use the service's own credentials. Defaults to true with Magistrala's certs service, and to false with the built-in authority.",
  }),
  bodyLimit: setting({
    key: 'server.body_limit',
    env: ['MG_PROVISION_BODY_LIMIT'],
    kind: kinds.byteCount,
    default: '65536',
    doc: 'Bytes that a request body may have. Calls that take little, such as a certificate request, allow less.',
  }),
  docs: setting({
    key: 'server.docs',
    env: ['MG_PROVISION_DOCS'],
    kind: kinds.onOff,
    default: 'on',
    doc: 'Whether the HTTP app serves the description of its API at /docs and /openapi.json.',
  }),
  metrics: setting({
    key: 'server.metrics',
    env: ['MG_PROVISION_METRICS'],
    kind: kinds.onOff,
    default: 'on',
    doc: 'Whether both apps serve /metrics. They have no authentication: keep them from the internet, or switch them off.',
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
    doc: 'Accepted for compatibility and ignored: this service sends no telemetry.',
  }),
};
