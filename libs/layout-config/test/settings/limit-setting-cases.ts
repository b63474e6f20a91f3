import type { Config } from '../../src/index.js';
import { type Case, plain } from './setting-case.js';

const limit = (
  toml: string,
  env: string,
  name: keyof Config['limits'],
  [fallback, text, value]: readonly [fallback: number, text: string, value: number],
): Case => plain(`limits.${toml}`, [`MG_PROVISION_${env}`], text, (c) => c.limits[name], fallback, value);

/** Of what callers may send and hold open. */
export const LIMIT_CASES: Case[] = [
  plain('server.docs', ['MG_PROVISION_DOCS'], 'off', (c) => c.server.docs, true, false),
  plain('server.metrics', ['MG_PROVISION_METRICS'], 'off', (c) => c.server.metrics, true, false),
  plain('grpc.reflection', ['MG_PROVISION_GRPC_REFLECTION'], 'off', (c) => c.grpc.reflection, true, false),
  limit('connections', 'MAX_CONNECTIONS', 'connections', [2_000, '50', 50]),
  limit('connections_per_address', 'MAX_CONNECTIONS_PER_ADDRESS', 'connectionsPerAddress', [500, '5', 5]),
  limit('first_request_timeout', 'FIRST_REQUEST_TIMEOUT', 'firstRequestMs', [20_000, '1s', 1_000]),
  limit('request_timeout', 'REQUEST_TIMEOUT', 'requestMs', [30_000, '2s', 2_000]),
  limit('idle_timeout', 'IDLE_TIMEOUT', 'idleMs', [60_000, '3s', 3_000]),
  limit('unfinished_bytes', 'MAX_UNFINISHED_BYTES', 'unfinishedBytes', [33_554_432, '1024', 1_024]),
  limit('unfinished_bytes_per_address', 'MAX_UNFINISHED_BYTES_PER_ADDRESS', 'unfinishedBytesPerAddress', [
    4_194_304,
    '512',
    512,
  ]),
  limit('streams', 'GRPC_MAX_STREAMS', 'streams', [2_000, '20', 20]),
  limit('streams_per_address', 'GRPC_MAX_STREAMS_PER_ADDRESS', 'streamsPerAddress', [500, '7', 7]),
  limit('pending', 'MAX_PENDING', 'pending', [5_000, '70', 70]),
  limit('pending_per_address', 'MAX_PENDING_PER_ADDRESS', 'pendingPerAddress', [500, '7', 7]),
  limit('pending_per_56', 'MAX_PENDING_PER_56', 'pendingPer56', [1_000, '8', 8]),
  limit('pending_per_48', 'MAX_PENDING_PER_48', 'pendingPer48', [2_000, '9', 9]),
  limit('short_codes', 'SHORT_CODES', 'shortCodes', [100, '0', 0]),
  limit('legacy_device_codes', 'LEGACY_DEVICES_MAX_CODES', 'askedCodes', [100, '6', 6]),
  limit('legacy_device_codes_per_address', 'LEGACY_DEVICES_MAX_CODES_PER_ADDRESS', 'askedCodesPerAddress', [
    50,
    '3',
    3,
  ]),
];
