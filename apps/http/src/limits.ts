import type { Server as NetServer } from 'node:net';
import type { Logger } from '@org/server';

/** What all clients together may take up. */
export interface Limits {
  /** Connections at a time; further ones are closed. */
  readonly connections: number;
  /** Milliseconds for a TLS handshake. */
  readonly handshakeMs: number;
}

export const LIMITS: Limits = {
  // Up to 5000 devices wait for approval, each with a connection; with room for as many others, operators get in too.
  connections: 10_000,
  handshakeMs: 10_000,
};

/** Milliseconds between two lines that say the same. */
const SAY_EVERY_MS = 60_000;

export function capConnections(listening: NetServer, { connections }: Limits, logger: Logger): void {
  listening.maxConnections = connections;
  let saidAt = -Infinity;
  listening.on('drop', () => {
    const now = performance.now();
    if (now - saidAt < SAY_EVERY_MS) return;
    saidAt = now;
    logger.warn({ connections }, 'as many connections as there may be: new ones are closed');
  });
}
