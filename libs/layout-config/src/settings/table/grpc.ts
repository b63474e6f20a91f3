import * as kinds from '../kinds.js';
import * as lists from '../list-kinds.js';
import { setting } from './setting.js';

/** How the gRPC app listens. */
export const GRPC = {
  grpcHost: setting({
    key: 'grpc.host',
    env: ['MG_PROVISION_GRPC_HOST'],
    kind: kinds.text,
    default: '0.0.0.0',
    doc: 'Address that the gRPC app listens on.',
  }),
  grpcPort: setting({
    key: 'grpc.port',
    env: ['MG_PROVISION_GRPC_PORT'],
    kind: kinds.port,
    default: '9017',
    doc: 'TCP port of the gRPC app; 0 takes any free one.',
  }),
  grpcMetricsPort: setting({
    key: 'grpc.metrics_port',
    env: ['MG_PROVISION_GRPC_METRICS_PORT'],
    kind: kinds.port,
    default: '9018',
    doc: 'TCP port on which the gRPC app answers /health, /ready and /metrics over plain HTTP; 0 takes any free one.',
  }),
  grpcTls: setting({
    key: 'grpc.tls',
    env: ['MG_PROVISION_GRPC_TLS'],
    kind: kinds.onOff,
    default: 'on',
    doc: 'TLS of the gRPC app. With `off`, devices on other machines cannot enrol over it, unless a proxy that is trusted ends TLS for them.',
  }),
  grpcCert: setting({
    key: 'grpc.server_cert',
    env: ['MG_PROVISION_GRPC_CERT'],
    kind: kinds.text,
    doc: 'Certificate of the gRPC app, with its chain up to the root: path or inline PEM. The built-in authority issues one when not set.',
  }),
  grpcKey: setting({
    key: 'grpc.server_key',
    env: ['MG_PROVISION_GRPC_KEY'],
    kind: kinds.secret,
    doc: 'Private key of that certificate: path or inline PEM.',
  }),
  grpcNames: setting({
    key: 'grpc.names',
    env: ['MG_PROVISION_GRPC_NAMES'],
    kind: lists.names,
    doc: 'Host names and IP addresses under which devices reach the gRPC app: go into the certificate that the built-in authority issues for it. As MG_PROVISION_SERVER_NAMES when not set.',
  }),
  grpcReflection: setting({
    key: 'grpc.reflection',
    env: ['MG_PROVISION_GRPC_REFLECTION'],
    kind: kinds.onOff,
    default: 'on',
    doc: 'Whether the gRPC app tells clients such as grpcurl what it serves (server reflection).',
  }),
  grpcMaxMessageBytes: setting({
    key: 'grpc.max_message',
    env: ['MG_PROVISION_GRPC_MAX_MESSAGE'],
    kind: kinds.byteCount,
    default: '65536',
    doc: 'Bytes that a gRPC message may have.',
  }),
};
