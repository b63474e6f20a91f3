import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** What callers may send and hold open, in both server apps. */
export const LIMITS = {
  maxConnections: setting({
    key: 'limits.connections',
    env: ['MG_PROVISION_MAX_CONNECTIONS'],
    kind: kinds.count(1, 100_000),
    default: '2000',
    doc: 'Open connections of each app. A new one takes the place of the one that has been unused for longest, at the address that has most. Lowered at start when the process may not open that many files.',
  }),
  maxConnectionsPerAddress: setting({
    key: 'limits.connections_per_address',
    env: ['MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS'],
    kind: kinds.count(1, 100_000),
    default: '500',
    doc: 'The same for one IPv4 address or IPv6 network of 48 bits. Trusted proxies have no such limit.',
  }),
  firstRequestMs: setting({
    key: 'limits.first_request_timeout',
    env: ['MG_PROVISION_FIRST_REQUEST_TIMEOUT'],
    kind: kinds.wait(1),
    default: '20s',
    doc: 'Time for a new connection to complete the TLS handshake and send the head of its first request.',
  }),
  requestMs: setting({
    key: 'limits.request_timeout',
    env: ['MG_PROVISION_REQUEST_TIMEOUT'],
    kind: kinds.wait(1),
    default: '30s',
    doc: 'Time for a whole request to arrive, and for a client to take its response.',
  }),
  idleMs: setting({
    key: 'limits.idle_timeout',
    env: ['MG_PROVISION_IDLE_TIMEOUT'],
    kind: kinds.wait(1),
    default: '60s',
    doc: 'How long a connection is kept between requests.',
  }),
  unfinishedBytes: setting({
    key: 'limits.unfinished_bytes',
    env: ['MG_PROVISION_MAX_UNFINISHED_BYTES'],
    kind: kinds.byteCount,
    default: '33554432',
    doc: 'Memory of each app for requests that have not arrived in full. When it is used up, the oldest such request is refused, of the address that holds most.',
  }),
  unfinishedBytesPerAddress: setting({
    key: 'limits.unfinished_bytes_per_address',
    env: ['MG_PROVISION_MAX_UNFINISHED_BYTES_PER_ADDRESS'],
    kind: kinds.byteCount,
    default: '4194304',
    doc: 'The same for one IPv4 address or IPv6 network of 48 bits.',
  }),
  maxStreams: setting({
    key: 'limits.streams',
    env: ['MG_PROVISION_GRPC_MAX_STREAMS'],
    kind: kinds.count(1, 100_000),
    default: '2000',
    doc: 'Devices that may wait for their approval on an open gRPC stream; others poll.',
  }),
  maxStreamsPerAddress: setting({
    key: 'limits.streams_per_address',
    env: ['MG_PROVISION_GRPC_MAX_STREAMS_PER_ADDRESS'],
    kind: kinds.count(1, 100_000),
    default: '500',
    doc: 'The same for one address.',
  }),
};
