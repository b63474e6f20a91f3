import type { AgentSettings } from '@org/device/settings';
import { serveControl } from '../control/serve.js';
import type { Device } from '../device/device.js';
import type { Logger } from './logger.js';
import type { DaemonState } from './state.js';

/** Something that others on this device can reach. */
export interface Service {
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly settings: AgentSettings;
  readonly device: Device;
  readonly state: DaemonState;
  readonly log: Logger;
}

/**
 * Starts what the settings ask for, each loaded only then.
 *
 * @throws ProvisionError `unavailable` (`address_in_use`, `address_unusable`); nothing is left running
 */
export async function startServices({ settings, device, state, log }: ServicesOptions): Promise<Service[]> {
  const services: Service[] = [];
  try {
    await start(services, { settings, device, state, log });
    return services;
  } catch (error) {
    await Promise.all(services.map((service) => service.close()));
    throw error;
  }
}

async function start(services: Service[], { settings, device, state, log }: ServicesOptions): Promise<void> {
  const control = await serveControl({ device, log }).catch((error: Error) => {
    log.warn({ err: error }, 'commands cannot ask this agent for anything: there is no control socket');
  });
  if (control) services.push(control);
  if (settings.local) {
    const { startLocalServer } = await import('../local/local-server.js');
    const { listen: address, token } = settings.local;
    const local = await startLocalServer({ address, token, device, log });
    log.info(
      { address: 'socket' in address ? address.socket : local.port },
      'programs on this device are served',
    );
    services.push(local);
  }
  if (settings.health) {
    const { serveHealth } = await import('./health.js');
    const health = await serveHealth(settings.health.listen, { device, state });
    log.info({ address: health.address }, 'health and metrics are served');
    services.push(health);
  }
}
