import type { ServerOptions } from '@grpc/grpc-js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface LimitsOptions {
  readonly maxMessageBytes: number;
  /** Milliseconds that a connection without calls is kept. */
  readonly idleMs: number;
  /** Milliseconds that a stream may go on in one go. */
  readonly longestStreamMs: number;
}

/** Calls that one connection may have under way. */
export const MOST_STREAMS = 100;

/** What one client may take up, in grpc-js's words. It has none for how often a client may ping. */
export const limits = ({ maxMessageBytes, idleMs, longestStreamMs }: LimitsOptions): ServerOptions => ({
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': -1,
  /** Of one connection. */
  'grpc.max_concurrent_streams': MOST_STREAMS,
  /** Dead peers are noticed within two minutes. */
  'grpc.keepalive_time_ms': 100 * SECOND,
  'grpc.keepalive_timeout_ms': 20 * SECOND,
  'grpc.max_connection_idle_ms': idleMs,
  /** New connections find new replicas, and shake hands with a new certificate. */
  'grpc.max_connection_age_ms': 30 * MINUTE,
  /** So that no device is cut off while it waits for its approval. */
  'grpc.max_connection_age_grace_ms': longestStreamMs,
});
