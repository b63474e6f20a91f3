import { bootstrapAccess } from './bootstrap.js';
import type { Device } from './device.js';

/** - `none`: there is none to get.
 *  - `absent`: it has not been fetched yet, or what is on the disk cannot be used.
 *  - `refetch`: it is there, and will be fetched anew when the agent starts the next time (`bs_valid` is "0"), as with
 *    Magistrala's agent (Magistrala wire §8.4).
 *  - `loaded`: it is there. */
export interface Bootstrapping {
  readonly state: 'none' | 'absent' | 'refetch' | 'loaded';
  readonly externalId?: string;
  readonly service?: string;
  readonly domainId?: string;
  readonly broker?: string;
}

/** What is known of the bootstrap configuration without asking anybody; no secrets. */
export async function bootstrapping(device: Device): Promise<Bootstrapping> {
  const { configuration, valid } = await device.bootstrapFiles.read();
  const access = await bootstrapAccess(device.settings, device.store);
  const known = { externalId: access?.externalId, service: access?.baseUrl };
  if (configuration === undefined) return { state: access ? 'absent' : 'none', ...known };
  const { domainId, mqtt } = configuration;
  return { state: valid ? 'loaded' : 'refetch', ...known, domainId, broker: mqtt.url };
}
