import { isTransient, nextPause } from '@org/device';
import type { AgentSettings } from '@org/device/settings';
import { isProvisionError } from '@org/domain';
import { serveControl } from '../control/serve.js';
import type { Device } from '../device/device.js';
import type { LocalRefusal } from '../local/local-server.js';
import type { Logger } from './logger.js';
import type { DaemonState } from './state.js';

/** Something that others on this device can reach. */
interface Service {
  close(): Promise<void>;
}

interface ServicesOptions {
  readonly settings: AgentSettings;
  readonly device: Device;
  readonly state: DaemonState;
  readonly log: Logger;
}

/**
 * Starts what the settings ask for, each loaded only then. What cannot be served now, as another program has its port,
 * is served as soon as it can be: the identity is looked after meanwhile.
 *
 * @throws ProvisionError `invalid` (`address_not_local`); nothing is left running
 */
export async function startServices(options: ServicesOptions): Promise<Service[]> {
  const services: Service[] = [];
  try {
    await start(services, options);
    return services;
  } catch (error) {
    await Promise.all(services.map((service) => service.close()));
    throw error;
  }
}

async function start(services: Service[], options: ServicesOptions): Promise<void> {
  const { settings, device, state, log } = options;
  const control = await serveControl({ device, log }).catch((error: Error) => {
    log.warn({ err: error }, 'no control socket: commands cannot reach this agent');
  });
  if (control) services.push(control);
  const { local, health } = settings;
  if (local) {
    const { startLocalServer } = await import('../local/local-server.js');
    const { listen: address, token } = local;
    const onRefused = (reason: LocalRefusal): void => state.countRefusal(reason);
    const serve = async (): Promise<Service> => {
      const server = await startLocalServer({ address, token, device, log, onRefused });
      log.info({ address: server.address }, 'listening for programs on this device');
      return server;
    };
    services.push(await serveWhenPossible(serve, options));
  }
  if (health) {
    const { serveHealth } = await import('./health.js');
    const serve = async (): Promise<Service> => {
      const server = await serveHealth(health.listen, { device, state });
      log.info({ address: server.address }, 'listening for health and metrics');
      return server;
    };
    services.push(await serveWhenPossible(serve, options));
  }
}

const PAUSES = { baseMs: 1e3, capMs: 60e3 };

/** @throws what `serve` does the first time, unless that may pass by itself */
async function serveWhenPossible(
  serve: () => Promise<Service>,
  { device, log }: ServicesOptions,
): Promise<Service> {
  const stop = new AbortController();
  let said: string | undefined;
  /** @throws what may not pass by itself */
  const tryToServe = async (): Promise<Service | undefined> => {
    try {
      return await serve();
    } catch (error) {
      if (!isProvisionError(error) || !isTransient(error)) throw error;
      if (error.code !== said) log.error({ err: error }, 'listen failed; retrying');
      said = error.code;
      return undefined;
    }
  };
  let service = await tryToServe();
  const serveLater = async (): Promise<void> => {
    for (let pauseMs: number | undefined; service === undefined;) {
      pauseMs = nextPause({ ...PAUSES, previousMs: pauseMs, random: Math.random });
      await device.clock.sleep(pauseMs, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      service = await tryToServe();
    }
  };
  const later = serveLater().catch((error: unknown) =>
    log.error({ err: error }, 'listen failed permanently; restart the agent to retry'),
  );
  return {
    async close() {
      stop.abort();
      await later;
      await service?.close();
    },
  };
}
