import { type BootstrapDevice, createBootstrapDevice } from '@org/bootstrap-client';
import type { IdentityStore } from '@org/device';
import type { AgentSettings } from '@org/device/settings';
import { createTransport } from '@org/http-client';
import { certificatePem } from '@org/x509';

/** Connections for one piece of work, closed after it: a fetch is rare, and a pool kept for it would stay for months. */
export async function withBootstrapDevice<T>(
  options: {
    readonly baseUrl: string;
    readonly settings: AgentSettings;
    readonly store: IdentityStore;
  },
  work: (device: BootstrapDevice) => Promise<T>,
): Promise<T> {
  const { baseUrl, settings, store } = options;
  const trust = await store.trust();
  const roots = trust.kind === 'pinned' ? trust.roots : [];
  const ca = roots.map(({ der }) => certificatePem(der)).join('') || undefined;
  const transport = createTransport({
    tls: { verify: settings.bootstrap.verifyTls, ca },
    proxies: settings.proxies,
  });
  try {
    return await work(createBootstrapDevice({ transport, baseUrl }));
  } finally {
    await transport.close();
  }
}
