import type { Clock } from '@org/domain';
import { type LimitLevel, tooManyAttempts } from '../errors.js';
import type { KeyedHash } from '../keyed-hash.js';
import type { AttemptSettings } from '../settings.js';
import type { AttemptStore } from '../store/code-store.js';
import { addressGroup } from './address-group.js';
import { type Bucket, type Limit, bucket } from './bucket.js';

/** Who looks a code up. */
export interface Attempter {
  /** The operator's stable id. */
  readonly operator: string;
  readonly address: string;
  /** True where the caller vouches for the operator (one named in the configuration, say), approvals or not. */
  readonly known?: boolean;
}

interface Attempt extends Attempter {
  /** It is a guess at codes that devices make. */
  readonly isDeviceMade: boolean;
}

interface Level {
  readonly level: LimitLevel;
  readonly bucket: Bucket;
}

interface AttemptLimitsOptions {
  readonly store: AttemptStore;
  readonly hash: KeyedHash;
  readonly clock: Clock;
  readonly settings: AttemptSettings;
}

/**
 * Limits on guessing. An attempt is taken before the code is looked at, so that a thousand at once count as a thousand, and
 * given back if it found its code. Strangers are limited per operator, per address and over all. Operators who approved a
 * device lately are apart from them, and from each other but for a limit over all that takes a hundred of them to use up, as
 * anybody can get a device of his own approved. Those whom the caller vouches for no one can lock out.
 */
export class AttemptLimits {
  readonly #options: AttemptLimitsOptions;

  constructor(options: AttemptLimitsOptions) {
    this.#options = options;
  }

  /** @throws ProvisionError unavailable `too_many_attempts` with `retryAfter` (s) and `limit`, and what `look` throws */
  async attempt<T>(who: Attempt, look: () => Promise<T>): Promise<T> {
    const levels = await this.#levels(who);
    await this.take(levels);
    const found = await look();
    await this.#options.store.giveAttemptBack(levels.map((level) => level.bucket));
    return found;
  }

  /** @throws ProvisionError unavailable `too_many_attempts` */
  async take(levels: readonly Level[]): Promise<void> {
    const { store, clock } = this.#options;
    const now = clock.now();
    const full = await store.takeAttempt(
      levels.map((level) => level.bucket),
      now,
    );
    if (!full) return;
    const { level } = levels.find((it) => it.bucket.key === full.key)!;
    throw tooManyAttempts(level, full.retryAt - now);
  }

  /** The operator approved a device. */
  async noteSuccess(operator: string): Promise<void> {
    const { store, hash, clock, settings } = this.#options;
    await store.noteKnown(hash.of('operator', operator), clock.now() + settings.knownForMs);
  }

  async #levels({ operator, address, known, isDeviceMade }: Attempt): Promise<Level[]> {
    const { store, hash, clock, settings } = this.#options;
    const operatorHash = hash.of('operator', operator);
    const own = levelOf('operator', `look up/operator/${operatorHash}`, settings.perOperator);
    if (known) return [own];
    const { deviceMade } = settings;
    const overAll = (key: string, limit: Limit, ofDeviceMade: Limit) => [
      levelOf('over_all', key, limit),
      ...(isDeviceMade ? [levelOf('over_all', `${key}/device-made`, ofDeviceMade)] : []),
    ];
    if (await store.isKnown(operatorHash, clock.now()))
      return [own, ...overAll('look up/known', settings.overAllKnown, deviceMade.overAllKnown)];
    const addressHash = hash.of('address', addressGroup(address));
    return [
      own,
      levelOf('address', `look up/new/address/${addressHash}`, settings.perAddress),
      ...overAll('look up/new', settings.overAll, deviceMade.overAll),
    ];
  }
}

export const levelOf = (level: LimitLevel, key: string, limit: Limit): Level => ({
  level,
  bucket: bucket(key, limit),
});
