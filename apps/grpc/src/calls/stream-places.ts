import { tooManyStreams } from '../errors/errors.js';

/** Seconds: whoever is refused a place has `Poll`, or `Check`. */
const RETRY_AFTER_S = 30;

export interface PlaceLimits {
  readonly overAll: number;
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
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#taken >= this.limits.overAll || ofAddress >= this.limits.perAddress)
      throw tooManyStreams(RETRY_AFTER_S);
    this.#taken += 1;
    this.#byAddress.set(address, ofAddress + 1);
    return () => this.#giveBack(address);
  }

  #giveBack(address: string): void {
    this.#taken -= 1;
    const left = this.#byAddress.get(address)! - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
