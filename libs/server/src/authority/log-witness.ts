import type { Clock } from '@org/domain';
import {
  type Authority,
  type CertificateStore,
  type LogHead,
  type SignedHead,
  formatHead,
  parseHead,
  signHead,
} from '@org/pki';
import type { SealedValues } from '@org/store';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';

const EVERY_MS = 3_600_000;
const KEPT = 'issuance-log-head';

interface LogWitnessOptions {
  readonly authority: Authority;
  readonly store: Pick<CertificateStore, 'logHead' | 'logAfter'>;
  /** Where the last head is kept for the next process, sealed. */
  readonly sealed: Pick<SealedValues, 'get' | 'put'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly metrics: Pick<Metrics, 'logHead'>;
}

/**
 * Says where the issuance log stands, signed by the authority: at start and every hour, into the log output and a metric,
 * where who changes the database cannot change it. Before that it looks whether the log still holds what it held when
 * this was last said, and says nothing for a log that does not.
 */
export class LogWitness {
  #last: SignedHead | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: LogWitnessOptions) {}

  async start(): Promise<void> {
    await this.#attempt();
    this.#timer = setInterval(() => void this.#attempt(), EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #attempt(): Promise<void> {
    try {
      await this.witness();
    } catch (error) {
      this.options.logger.error(
        { err: error },
        'signing the head of the issuance log failed; retrying in an hour',
      );
    }
  }

  /** @returns undefined for an empty log, and for one that was changed */
  async witness(): Promise<SignedHead | undefined> {
    const { authority, store, sealed, clock, logger, metrics } = this.options;
    const head = await store.logHead();
    const kept = await sealed.get(KEPT);
    for (const known of [this.#last, kept && parseHead(kept.text)])
      if (known && !(await this.#holds(known, head))) {
        metrics.logHead({ intact: false });
        logger.error(
          { head: formatHead(known) },
          'THE ISSUANCE LOG WAS CHANGED: it no longer holds the head that was signed before',
        );
        return undefined;
      }
    metrics.logHead({ intact: true, head });
    if (head.seq === 0) return undefined;
    const signed = await signHead(authority, head, clock.now());
    const text = formatHead(signed);
    // Of several processes at the same time one keeps its head; any will do.
    await sealed.put(KEPT, { text, replaces: kept });
    logger.info({ entries: head.seq, head: text }, 'issuance log head');
    this.#last = signed;
    return signed;
  }

  async #holds(known: LogHead, head: LogHead): Promise<boolean> {
    if (known.seq > head.seq) return false;
    const [entry] = await this.options.store.logAfter(known.seq - 1, 1);
    return entry?.hash === known.hash;
  }
}
