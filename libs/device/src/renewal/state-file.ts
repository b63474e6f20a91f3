import type { Identity } from '../identity/identity.js';
import type { IdentityStore } from '../identity/identity-store.js';
import { type RenewalState, formatState, readState } from './state.js';

/** Where the state of a renewal is kept: on the disk, and in memory while the disk does not take it. */
export class StateFile {
  readonly #store: IdentityStore;
  #unsaved: RenewalState | undefined;

  constructor(store: IdentityStore) {
    this.#store = store;
  }

  async load({ certificate }: Identity): Promise<RenewalState> {
    if (this.#unsaved?.certificate === certificate.fingerprint) return this.#unsaved;
    return readState(await this.#store.readNote('renewal'), certificate.fingerprint);
  }

  /** @throws what the store does; `load` gives the state all the same */
  async save(state: RenewalState): Promise<void> {
    this.#unsaved = state;
    await this.#store.writeNote('renewal', formatState(state), state.certificate);
    this.#unsaved = undefined;
  }
}
