import { createServer } from 'node:http';
import type { IdentityState } from '@org/device';
import type { ListenAddress } from '@org/device/settings';
import type { Device } from '../device/device.js';
import { listenAt } from '../local/listen.js';
import { VERSION } from '../version.js';
import { createMetrics } from './metrics.js';
import type { DaemonState } from './state.js';

interface Listening {
  /** `host:port`, or the path of the socket. */
  readonly address: string;
  close(): Promise<void>;
}

interface Health {
  readonly status: 'pass' | 'warn' | 'fail';
  readonly version: string;
  readonly identity: IdentityState;
  readonly enrolling: boolean;
  readonly expires?: string;
  readonly bootstrap?: DaemonState['bootstrap'];
  readonly accepted?: boolean;
}

/**
 * Serves `GET /health` (200, or 503 when the identity cannot be used) and `GET /metrics`.
 *
 * @throws ProvisionError `unavailable` (`address_in_use`, `address_unusable`)
 */
export async function serveHealth(
  listen: ListenAddress,
  { device, state }: { readonly device: Device; readonly state: DaemonState },
): Promise<Listening> {
  const metrics = createMetrics(device, state);
  const server = createServer(async (request, response) => {
    try {
      if (request.method !== 'GET') return void response.writeHead(405).end();
      if (request.url === '/metrics') {
        response.setHeader('content-type', metrics.contentType);
        return void response.end(await metrics.metrics());
      }
      if (request.url !== '/health') return void response.writeHead(404).end();
      const health = await healthOf(device, state);
      response.setHeader('content-type', 'application/json');
      response.writeHead(health.status === 'fail' ? 503 : 200).end(JSON.stringify(health));
    } catch {
      response.writeHead(500).end();
    }
  });
  const address = await listenAt(server, listen, {
    what: 'Health',
    settings: 'health.url or health.port',
    anybody: true,
  });
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function healthOf(device: Device, state: DaemonState): Promise<Health> {
  const { state: identity, identity: known, enrolling } = await device.report();
  return {
    status: statusOf(identity, state),
    version: VERSION,
    identity,
    enrolling,
    ...(known && { expires: new Date(known.certificate.notAfter).toISOString() }),
    bootstrap: state.bootstrap,
    accepted: state.accepted,
  };
}

function statusOf(identity: IdentityState, { bootstrap, accepted }: DaemonState): Health['status'] {
  if (identity === 'broken' || identity === 'expired' || accepted === false) return 'fail';
  return identity !== 'provisioned' || bootstrap === 'failing' ? 'warn' : 'pass';
}
