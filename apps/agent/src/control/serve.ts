import { rmSync } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { ProvisionError, isProvisionError } from '@org/domain';
import type { Logger } from '../daemon/logger.js';
import type { Device } from '../device/device.js';
import { type Order, type Orders, controlSocketIn, format, parse } from './messages.js';

interface ControlOptions {
  readonly device: Device;
  readonly log: Logger;
}

/** For the agent's user alone, whatever the umask of a shell or a service lets in. */
const SOCKET_UMASK = 0o177;
const MOST_CONNECTIONS = 8;

/**
 * Lets commands beside this agent have it do what only one process may do: one order to a connection, which its sender
 * ends, and one answer. The caller holds the lock.
 *
 * @throws NodeJS.ErrnoException when there can be no socket in the folder
 */
export async function serveControl({ device, log }: ControlOptions): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    void answer(socket);
  });
  async function answer(socket: Socket): Promise<void> {
    try {
      const order = parse(await text(socket)) as Order;
      log.info({ order: order.name }, 'control request received');
      socket.end(format(await carryOut(order, device, stop.signal)));
    } catch (error) {
      if (!stop.signal.aborted && !isProvisionError(error))
        log.error({ err: error }, 'control request failed');
      socket.end(format(isProvisionError(error) ? error : FAILED));
    }
  }
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, controlSocketIn(device.settings.paths.state));
  return {
    close: () =>
      new Promise((resolve) => {
        stop.abort();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}

const FAILED = new ProvisionError({
  kind: 'internal',
  code: 'order_failed',
  message: 'The agent that runs could not do it; see its log.',
});

async function carryOut(
  order: Order,
  device: Device,
  signal: AbortSignal,
): Promise<Orders[keyof Orders]['result']> {
  switch (order.name) {
    case 'renew':
      return device.renewal.attempt({ force: order.force, signal });
    case 'deprovision':
      return device.deprovision(signal);
  }
}

function listening(server: Server, path: string): Promise<void> {
  // No one else has the lock: it was left behind by an agent that was killed.
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
    const before = process.umask(SOCKET_UMASK);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}
