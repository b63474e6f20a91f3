import { ProvisionError, systemClock, type Clock } from '@org/domain';
import { issuerIdOf, type Authority } from '../authority/authority.js';
import type { CertificateStore, StoredCrl } from '../store/certificate-store.js';
import { signCrl } from './crl.js';

export interface CrlPublisherOptions {
  readonly authority: Authority;
  readonly store: CertificateStore;
  /** From thisUpdate to nextUpdate, in milliseconds. Default one day. */
  readonly validityMs?: number;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

const DAY_MS = 24 * 3600e3;
const ATTEMPTS = 5;

/**
 * The revocation list of one authority: signed anew when something was revoked, and when half of its time is over.
 * Replicas share it through the store, so all of them serve the same.
 */
export class CrlPublisher {
  readonly #authority: Authority;
  readonly #store: CertificateStore;
  readonly #validityMs: number;
  readonly #now: () => number;
  #underWay: Promise<StoredCrl> | undefined;

  constructor({ authority, store, validityMs = DAY_MS, clock = systemClock }: CrlPublisherOptions) {
    this.#authority = authority;
    this.#store = store;
    this.#validityMs = validityMs;
    this.#now = () => clock.now();
  }

  /**
   * The list that is right now. Callers at the same time share one answer.
   * @throws ProvisionError unavailable `crl_contended`, and what the store throws
   */
  current(): Promise<StoredCrl> {
    this.#underWay ??= this.#currentOrNew().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #currentOrNew(): Promise<StoredCrl> {
    const issuerId = issuerIdOf(this.#authority);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const latest = await this.#store.latestCrl(issuerId);
      // Before the entries: a revocation in between is then listed, and makes one list more, not one too few.
      const revocationCount = await this.#store.revocationCount(issuerId);
      if (latest && latest.revocationCount === revocationCount && this.#now() < halfOf(latest)) return latest;
      const crl = await this.#sign(issuerId, latest, revocationCount);
      if (await this.#store.saveCrl(crl)) return crl;
    }
    throw new ProvisionError({
      kind: 'unavailable',
      code: 'crl_contended',
      message: 'Other replicas are signing the revocation list; try again.',
    });
  }

  async #sign(issuerId: string, latest: StoredCrl | undefined, revocationCount: number): Promise<StoredCrl> {
    const thisUpdate = Math.floor(this.#now() / 1000) * 1000;
    const nextUpdate = thisUpdate + this.#validityMs;
    const number = (latest?.number ?? 0) + 1;
    // RFC 5280 3.3: an entry stays until it was in one list made after the certificate's expiry.
    const entries = await this.#store.listRevoked(issuerId, latest?.thisUpdate ?? 0);
    const der = await signCrl(this.#authority, { number, entries, thisUpdate, nextUpdate });
    return { issuerId, number, revocationCount, thisUpdate, nextUpdate, der };
  }
}

const halfOf = ({ thisUpdate, nextUpdate }: StoredCrl): number => thisUpdate + (nextUpdate - thisUpdate) / 2;
