import { setImmediate as otherWork } from 'node:timers/promises';
import { ProvisionError, systemClock, type Clock } from '@org/domain';
import { issuerIdOf, type Authority } from '../authority/authority.js';
import type { CertificateStore, CrlFacts, StoredCrl } from '../store/certificate-store.js';
import { encodeRevoked, signCrl } from './crl.js';

export interface CrlPublisherOptions {
  readonly authority: Authority;
  readonly store: CertificateStore;
  /** From thisUpdate to nextUpdate, in milliseconds. Default one day. */
  readonly validityMs?: number;
  /**
   * A list of an issuer with more than `LARGE` revocations is signed anew at most this often, in milliseconds: it costs
   * seconds of a processor, and a fleet may revoke all the time. Default one minute.
   */
  readonly largeIntervalMs?: number;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

const DAY_MS = 24 * 3600e3;
const MINUTE_MS = 60e3;
const ATTEMPTS = 5;
/** Revocations that are listed at once, however many come; more take turns. */
const LARGE = 1_000;

/**
 * The revocation list of one authority: signed anew when something was revoked, and when half of its time is over.
 * Replicas share it through the store, so all of them serve the same.
 */
export class CrlPublisher {
  readonly #authority: Authority;
  readonly #store: CertificateStore;
  readonly #validityMs: number;
  readonly #largeIntervalMs: number;
  readonly #now: () => number;
  #underWay: Promise<StoredCrl> | undefined;
  /** The list that was served last: reading megabytes for every request would cost more than all else. */
  #served: StoredCrl | undefined;

  constructor(options: CrlPublisherOptions) {
    const {
      authority,
      store,
      validityMs = DAY_MS,
      largeIntervalMs = MINUTE_MS,
      clock = systemClock,
    } = options;
    this.#authority = authority;
    this.#store = store;
    this.#validityMs = validityMs;
    this.#largeIntervalMs = largeIntervalMs;
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
      const latest = await this.#store.latestCrlFacts(issuerId);
      // Before the entries: a revocation in between is then listed, and makes one list more, not one too few.
      const revocationCount = await this.#store.revocationCount(issuerId);
      if (latest && this.#isRight(latest, revocationCount)) return this.#serve(latest);
      const crl = await this.#sign(issuerId, latest, revocationCount);
      if (await this.#store.saveCrl(crl)) return (this.#served = crl);
    }
    throw new ProvisionError({
      kind: 'unavailable',
      code: 'crl_contended',
      message: 'Other replicas are signing the revocation list; try again.',
    });
  }

  #isRight({ thisUpdate, nextUpdate, revocationCount: listed }: CrlFacts, revocationCount: number): boolean {
    const age = this.#now() - thisUpdate;
    if (age >= (nextUpdate - thisUpdate) / 2) return false;
    return listed === revocationCount || (revocationCount > LARGE && age < this.#largeIntervalMs);
  }

  async #serve({ issuerId, number }: CrlFacts): Promise<StoredCrl> {
    if (this.#served?.number !== number) this.#served = await this.#store.latestCrl(issuerId);
    return this.#served!;
  }

  async #sign(issuerId: string, latest: CrlFacts | undefined, revocationCount: number): Promise<StoredCrl> {
    const thisUpdate = Math.floor(this.#now() / 1000) * 1000;
    const nextUpdate = thisUpdate + this.#validityMs;
    const number = (latest?.number ?? 0) + 1;
    // RFC 5280 3.3: an entry stays until it was in one list made after the certificate's expiry.
    const entries = await this.#entries(issuerId, latest?.thisUpdate ?? 0);
    const der = await signCrl(this.#authority, { number, entries, thisUpdate, nextUpdate });
    return { issuerId, number, revocationCount, thisUpdate, nextUpdate, der };
  }

  /** Encoded page by page, with other work in between: all at once would stop the event loop for seconds. */
  async #entries(issuerId: string, expiresFrom: number): Promise<Buffer[]> {
    const encoded: Buffer[] = [];
    let after: string | undefined;
    do {
      const page = await this.#store.listRevoked(issuerId, { expiresFrom, after });
      if (page.entries.length > 0) encoded.push(encodeRevoked(page.entries));
      after = page.next;
      await otherWork();
    } while (after !== undefined);
    return encoded;
  }
}
