import { siteGroup } from '@org/code-issuance';
import { tooManyStreams } from '../errors/errors.js';

/** Seconds. A refused caller can use `Poll` or `Check`. */
const RETRY_AFTER_S = 30;

export interface PlaceLimits {
  readonly overAll: number;
  /** Of an IPv4 address, or an IPv6 network of 48 bits. */
  readonly perAddress: number;
}

/** How many callers may hold a stream open. */
export class StreamPlaces {
  #taken = 0;
  readonly #byAddress = new Map<string, number>();

  constructor(private readonly limits: PlaceLimits) {}

  /**
   * @returns gives the place back; to be called once
   * @throws ProvisionError unavailable `too_many_streams`
   */
  take(address: string): () => void {
    const group = siteGroup(address);
    const ofAddress = this.#byAddress.get(group) ?? 0;
    if (ofAddress >= this.limits.perAddress) throw tooManyStreams('address', RETRY_AFTER_S);
    if (this.#taken >= this.limits.overAll) throw tooManyStreams('over_all', RETRY_AFTER_S);
    this.#taken += 1;
    this.#byAddress.set(group, ofAddress + 1);
    return () => this.#giveBack(group);
  }

  #giveBack(group: string): void {
    this.#taken -= 1;
    const left = this.#byAddress.get(group)! - 1;
    if (left > 0) this.#byAddress.set(group, left);
    else this.#byAddress.delete(group);
  }
}
