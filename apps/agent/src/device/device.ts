import {
  Bootstrap,
  Enrolment,
  type Identity,
  type IdentityReport,
  IdentityStore,
  type KeyStore,
  Renewal,
  ServerClock,
  isRefusal,
  nodeFileSystem,
} from '@org/device';
import type { AgentSettings } from '@org/device/settings';
import { type Clock, ProvisionError, isProvisionError, systemClock } from '@org/domain';
import { EnrolmentApiClient } from '../enrolment-api/client.js';
import { BootstrapFiles, bootstrapAccess, lazyBootstrapDevice } from './bootstrap.js';
import { deviceFacts } from './facts.js';
import { forgetHost, isCopied, noteHost } from './host.js';
import { openKeyStore } from './key-store.js';

/** How telling the server of a deprovisioning went. */
export type DeprovisionNotice = 'told' | 'not_possible' | ProvisionError;

/** Told of what is worth a line in a log. */
export interface DeviceEvents {
  /** The server has turned out to speak the older wire only. */
  readonly onFallBack?: () => void;
  readonly onDeprovisioned?: (machineId: string | undefined, farewell: DeprovisionNotice) => void;
  /** How far the clock of this device is ahead of the server's, when that is worth mentioning, and changes; 0: right. */
  readonly onSkew?: (skewMs: number) => void;
  /** What a power cut has left of the bootstrap configuration could not be put in order. */
  readonly onBootstrapLeft?: (error: ProvisionError) => void;
  /** The state on the disk began on another device, see `isCopied`. */
  readonly onCopied?: () => void;
}

interface DeviceOptions {
  readonly events?: DeviceEvents;
  readonly clock?: Clock;
}

const FAREWELL_MS = 5_000;

/**
 * Everything that this agent can do, put together from the settings; commands, the daemon and the local service use it.
 * A writer holds the lock, and has called `recover`.
 */
export class Device {
  readonly settings: AgentSettings;
  readonly clock: ServerClock;
  readonly store: IdentityStore;
  readonly server: EnrolmentApiClient;
  readonly enrolment: Enrolment;
  readonly renewal: Renewal;
  readonly bootstrapFiles: BootstrapFiles;
  readonly #events: DeviceEvents;

  private constructor(options: {
    readonly settings: AgentSettings;
    readonly description: Awaited<ReturnType<typeof deviceFacts>>;
    readonly keys: KeyStore;
    readonly events: DeviceEvents;
    readonly clock: Clock;
  }) {
    const { settings, description, keys, events } = options;
    const { paths, provisioning, proxies } = settings;
    const { keyKind, rootFingerprint } = provisioning;
    const clock = new ServerClock(options.clock, events.onSkew);
    const files = nodeFileSystem();
    const store = new IdentityStore({ paths, keys, files });
    const { onFallBack } = events;
    const server = new EnrolmentApiClient({ settings: provisioning, proxies, store, onFallBack, clock });
    const common = { store, client: server, keyKind, rootFingerprint, clock };
    this.settings = settings;
    this.clock = clock;
    this.#events = events;
    this.store = store;
    this.server = server;
    this.enrolment = new Enrolment({ ...common, device: description });
    this.renewal = new Renewal({ ...common, connections: server });
    this.bootstrapFiles = new BootstrapFiles(settings, files);
  }

  /**
   * Nothing is loaded, written or connected to by this that is not needed yet.
   *
   * @throws ProvisionError what `openKeyStore` does
   */
  static async open(
    settings: AgentSettings,
    { events = {}, clock = systemClock }: DeviceOptions = {},
  ): Promise<Device> {
    const keys = await openKeyStore(settings, nodeFileSystem());
    return new Device({ settings, description: await deviceFacts(settings.device), keys, events, clock });
  }

  /**
   * Finishes or discards what a power cut has interrupted. For writers, before anything else.
   *
   * @throws ProvisionError what the store does
   */
  async recover(): Promise<void> {
    await this.store.recover();
    try {
      await this.bootstrapFiles.cache.recover();
    } catch (error) {
      if (!isProvisionError(error)) throw error;
      // An identity can be had and kept without it; the next change tries again.
      this.#events.onBootstrapLeft?.(error);
    }
  }

  /** Whether what is on the disk began on another device: a copied image has keys that others have, too. */
  async isCopied(): Promise<boolean> {
    const { state } = await this.report();
    return state !== 'none' && isCopied(this.settings.paths.state, nodeFileSystem());
  }

  /**
   * For who is about to enrol or to keep an identity: notes which device this is, or finds out that it is another. That
   * the note cannot be written is no reason to go without an identity.
   */
  async noteHost(): Promise<void> {
    try {
      if (await this.isCopied()) this.#events.onCopied?.();
      else await noteHost(this.settings.paths.state, nodeFileSystem());
    } catch (error) {
      if (!isProvisionError(error)) throw error;
    }
  }

  report(): Promise<IdentityReport> {
    return this.store.report(this.clock.now());
  }

  /** Undefined when neither the settings nor the server have said how to get a bootstrap configuration. */
  async bootstrap(): Promise<Bootstrap | undefined> {
    const access = await bootstrapAccess(this.settings, this.store);
    if (!access) return undefined;
    const { attempts, retryDelayMs } = this.settings.bootstrap;
    return new Bootstrap({
      ...access,
      device: lazyBootstrapDevice(access.baseUrl, this.settings, this.store),
      ...this.bootstrapFiles,
      ...{ attempts, retryDelayMs, clock: this.clock },
    });
  }

  /**
   * Gives this machine's identity up: the server is told when it can be reached, and everything that belongs to the
   * identity is removed here, whatever it says. May be repeated.
   *
   * @throws ProvisionError what the store does, before the server is told where that can be; what the bootstrap cache
   * does, once the identity is gone
   */
  async deprovision(signal?: AbortSignal): Promise<DeprovisionNotice> {
    await this.enrolment.cancel();
    const { identity } = await this.report();
    // A server that was told does not take the certificate any more: the identity must not stay in use then.
    await this.store.assertRemovable();
    const farewell = identity ? await this.#sendDeprovisionNotice(identity, signal) : 'not_possible';
    await this.store.remove().catch((error: unknown) => {
      throw isProvisionError(error) && farewell === 'told' ? identityStays(error) : error;
    });
    await forgetHost(this.settings.paths.state, nodeFileSystem());
    this.renewal.wake();
    this.#events.onDeprovisioned?.(identity?.machineId, farewell);
    await this.bootstrapFiles.cache.remove().catch((error: unknown) => {
      throw isProvisionError(error) ? bootstrapStays(error, identity && farewell) : error;
    });
    return farewell;
  }

  async #sendDeprovisionNotice(
    identity: Identity,
    signal: AbortSignal | undefined,
  ): Promise<DeprovisionNotice> {
    const limit = AbortSignal.timeout(FAREWELL_MS);
    try {
      const told = await this.server.deprovision(identity, signal ? AbortSignal.any([signal, limit]) : limit);
      return told ? 'told' : 'not_possible';
    } catch (error) {
      signal?.throwIfAborted();
      if (isProvisionError(error))
        return isRefusal(error) && error.code === 'certificate_revoked' ? 'told' : error;
      if (limit.aborted) return 'not_possible';
      throw error;
    }
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

function identityStays(cause: ProvisionError): ProvisionError {
  return new ProvisionError({
    kind: cause.kind,
    code: cause.code,
    message: `The server knows that this device is given up, but not everything could be removed here: ${cause.message}`,
    cause,
  });
}

/** @param farewell undefined when there was no identity to be given up */
function bootstrapStays(cause: ProvisionError, farewell: DeprovisionNotice | undefined): ProvisionError {
  const server =
    farewell === 'told' ? ', and the server knows' : ', and the server could not be told (revoke it there)';
  return new ProvisionError({
    kind: cause.kind,
    code: cause.code,
    message: `The identity is gone${farewell === undefined ? '' : server}; its bootstrap configuration could not be removed: ${cause.message}`,
    cause,
  });
}
