import { join } from 'node:path';
import type { BootstrapDevice } from '@org/bootstrap-client';
import {
  type BootstrapAccess,
  BootstrapCache,
  type BrokerDefaults,
  type CachedConfiguration,
  type FileSystem,
  type IdentityStore,
} from '@org/device';
import type { AgentSettings } from '@org/device/settings';

/** The bootstrap configuration on this disk. */
export class BootstrapFiles {
  readonly cache: BootstrapCache;
  readonly broker: BrokerDefaults;

  constructor({ bootstrap, mqtt, paths }: AgentSettings, files: FileSystem) {
    const { configPath, cachePath } = bootstrap;
    const journalPath = join(paths.state, 'bootstrap-journal.json');
    this.cache = new BootstrapCache({ configPath, cachePath, journalPath, files });
    this.broker = mqtt;
  }

  read(): Promise<CachedConfiguration> {
    return this.cache.read(this.broker);
  }
}

/** What the settings say, when they say all of it; else what the server said with the certificate. */
export async function bootstrapAccess(
  { bootstrap }: AgentSettings,
  store: IdentityStore,
): Promise<BootstrapAccess | undefined> {
  const { baseUrl, externalId, externalKey, encryptionKey } = bootstrap;
  if (baseUrl !== undefined && externalId !== undefined && externalKey !== undefined)
    return { baseUrl, externalId, externalKey, encryptionKey };
  const told = await store.bootstrapAccess();
  return told && { ...told, encryptionKey: encryptionKey ?? told.encryptionKey };
}

/** Loads what it needs for a fetch with the first one; most starts find the configuration on the disk. */
export function lazyBootstrapDevice(
  baseUrl: string,
  settings: AgentSettings,
  store: IdentityStore,
): BootstrapDevice {
  const fetching = async <T>(work: (device: BootstrapDevice) => Promise<T>): Promise<T> => {
    const { withBootstrapDevice } = await import('./bootstrap-device.js');
    return withBootstrapDevice({ baseUrl, settings, store }, work);
  };
  return {
    fetch: (credentials) => fetching((device) => device.fetch(credentials)),
    fetchSecure: (credentials) => fetching((device) => device.fetchSecure(credentials)),
  };
}
