import { createServer } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ListenAddress } from '@org/device/settings';
import { type Secret, describeError } from '@org/domain';
import { identity, provisioning } from '@org/proto';
import { type CallRefusal, Calls } from './calls.js';
import type { LocalDevice } from './device-port.js';
import { identityService } from './identity-service.js';
import { listenAt } from './listen.js';
import { provisioningService } from './provisioning-service.js';

export interface LocalServerOptions {
  /** Port 0: any free one. */
  readonly address: ListenAddress;
  /** Callers must send it as `authorization: Bearer <token>`. Needed for an address that others can reach. */
  readonly token?: Secret;
  readonly device: LocalDevice;
  /** Told of defects, which callers are not, and of the first refusal of each kind. */
  readonly log: Record<'error' | 'warn', (facts: object, text: string) => void>;
  /** Told of every refusal. */
  readonly onRefused?: (reason: LocalRefusal) => void;
}

export type LocalRefusal = CallRefusal | 'too_many_connections';

export interface LocalServer {
  /** `host:port`, or the path of the socket. */
  readonly address: string;
  close(): Promise<void>;
}

const LIMITS = {
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': 4096,
  'grpc.max_concurrent_streams': 16,
  'grpc.max_connection_idle_ms': 5 * 60_000,
};
const MOST_CONNECTIONS = 32;
/** For answers that are on their way. */
const GRACE_MS = 500;

/**
 * Serves mecha-agent's ProvisioningService and IdentityService to programs on this device, over HTTP/2 without TLS. At
 * an IP address and without a token, they can enrol the device and read who it is, and no more.
 *
 * @throws ProvisionError `invalid` (`address_not_local`), `unavailable` (`address_in_use`, `address_unusable`)
 */
export async function startLocalServer({
  address,
  token,
  device,
  log,
  onRefused,
}: LocalServerOptions): Promise<LocalServer> {
  const closing = new AbortController();
  const onDefect = (error: unknown, method: string): void =>
    log.error({ err: describeError(error), method }, 'a call of a program on this device failed');
  const refused = refusals(log, onRefused);
  const calls = new Calls({ token, isGuarded: 'socket' in address, onRefused: refused, onDefect });
  const grpc = new Server(LIMITS);
  grpc.addService(
    provisioning.ProvisioningServiceService,
    provisioningService(device, calls, closing.signal),
  );
  grpc.addService(identity.IdentityServiceService, identityService(device, calls));
  const connections = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  // grpc-js would bind by itself, but cannot set the mode of a socket.
  const listener = createServer((socket) => connections.injectConnection(socket));
  listener.maxConnections = MOST_CONNECTIONS;
  listener.on('drop', () => refused('too_many_connections'));
  const anybody = token !== undefined;
  const boundTo = await listenAt(listener, address, {
    what: 'The service for programs on this device',
    settings: 'server.url or server.port',
    anybody,
  });
  return {
    address: boundTo,
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve));
      closing.abort();
      const timer = setTimeout(() => grpc.forceShutdown(), GRACE_MS);
      await new Promise((resolve) => grpc.tryShutdown(resolve));
      clearTimeout(timer);
      await closed;
    },
  };
}

/** Counts all, and logs the first of each kind: any user of this device can have calls refused for ever. */
function refusals(
  log: LocalServerOptions['log'],
  onRefused: LocalServerOptions['onRefused'],
): (reason: LocalRefusal, method?: string) => void {
  const logged = new Set<LocalRefusal>();
  return (reason, method) => {
    onRefused?.(reason);
    if (logged.has(reason)) return;
    logged.add(reason);
    log.warn({ reason, method }, 'call of a local program refused; further ones are counted only');
  };
}
