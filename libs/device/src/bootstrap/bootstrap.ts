import type { BootstrapAnswer, BootstrapDevice } from '@org/bootstrap-client';
import { type Clock, type ProvisionError, type Secret, isProvisionError, systemClock } from '@org/domain';
import { isTransient } from '../errors.js';
import type { BootstrapCache } from './cache.js';
import { type BrokerDefaults, type GatewayConfiguration, readConfiguration } from './configuration.js';

export interface BootstrapOptions {
  readonly device: BootstrapDevice;
  readonly externalId: string;
  readonly externalKey: Secret;
  /** Set: the encrypted form is used. */
  readonly encryptionKey?: Secret;
  readonly cache: BootstrapCache;
  readonly broker: BrokerDefaults;
  /** Altogether; default 5. */
  readonly attempts?: number;
  /** Between them, spread by a quarter to either side; default 10 s. */
  readonly retryDelayMs?: number;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
}

interface Bootstrapped {
  readonly configuration: GatewayConfiguration;
  readonly from: 'service' | 'disk';
  /** Why it is from the disk although a fetch was asked for, or why it could not be kept on the disk. */
  readonly problem: ProvisionError | undefined;
}

/** Gets a gateway its bootstrap configuration: from the disk when it is there, else from the service. */
export class Bootstrap {
  readonly #options: BootstrapOptions;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: BootstrapOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  /**
   * The configuration on the disk is used as long as it is complete, belongs to this external id, and `bs_valid` is not
   * "0". A fetch that fails, or gives something that cannot be used, leaves it as it is.
   *
   * @param options.refetch ask the service although there is one; the one on the disk is used when that fails
   * @throws ProvisionError what `BootstrapDevice` does; `invalid` (`bootstrap_content_unusable`); what FileSet does
   */
  async load({
    refetch = false,
    signal,
  }: { readonly refetch?: boolean; readonly signal?: AbortSignal } = {}): Promise<Bootstrapped> {
    const { cache, broker, externalId } = this.#options;
    const cached = await cache.read(broker);
    const isOurs = cached.externalId === undefined || cached.externalId === externalId;
    const usable = cached.valid && isOurs ? cached.configuration : undefined;
    if (usable && !refetch) return { configuration: usable, from: 'disk', problem: undefined };
    try {
      const answer = await this.#fetch(signal);
      const configuration = readConfiguration(answer, broker);
      return { configuration, from: 'service', problem: await this.#keep(configuration, answer) };
    } catch (error) {
      if (usable === undefined || !isProvisionError(error)) throw error;
      return { configuration: usable, from: 'disk', problem: error };
    }
  }

  /** A configuration that a full disk keeps out is still good for this run. */
  async #keep(
    configuration: GatewayConfiguration,
    answer: BootstrapAnswer,
  ): Promise<ProvisionError | undefined> {
    try {
      await this.#options.cache.write(configuration, answer, this.#options.externalId);
      return undefined;
    } catch (error) {
      if (isProvisionError(error)) return error;
      throw error;
    }
  }

  /** Only what may pass by itself is tried again: a wrong key stays wrong. */
  async #fetch(signal: AbortSignal | undefined): Promise<BootstrapAnswer> {
    const {
      device,
      externalId,
      externalKey,
      encryptionKey,
      attempts = 5,
      retryDelayMs = 10e3,
    } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await (encryptionKey
          ? device.fetchSecure({ externalId, externalKey, encryptionKey, signal })
          : device.fetch({ externalId, externalKey, signal }));
      } catch (error) {
        signal?.throwIfAborted();
        if (attempt >= attempts || !isProvisionError(error) || !isTransient(error)) throw error;
        await this.#clock.sleep(retryDelayMs * (0.75 + this.#random() / 2), signal);
      }
    }
  }
}
