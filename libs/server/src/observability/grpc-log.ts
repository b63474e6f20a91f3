import { setLogger } from '@grpc/grpc-js';
import type { Logger } from './logger.js';

/**
 * What grpc-js tells of connections, as lines of the log like all others. By itself it writes to standard error, where
 * each of our lines is JSON. What matters to a call is in that call's error, so that these are details.
 */
export function logGrpcMessages(logger: Logger): void {
  const write = (...parts: unknown[]): void =>
    logger.debug({ grpc: parts.join(' ') }, 'message of the gRPC library');
  setLogger({ error: write, info: write, debug: write });
}
