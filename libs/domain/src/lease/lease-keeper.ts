import type { Clock } from '../clock.js';
import { HeldLease, type Lease } from './lease.js';

export interface LeaseKeeperOptions {
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Renews them in the store. @returns those of them that are still their owner's */
  renew(leases: readonly Lease[]): Promise<readonly Lease[]>;
  /** Told when that failed; it is tried again. */
  onTrouble?(error: unknown): void;
}

/** The parts of a lease after which it is renewed, and after which that is tried again when it failed. */
const RENEW_AFTER = 1 / 3;
const RETRY_AFTER = 1 / 15;

/** Renews the leases of a process for as long as their work lasts. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Set<HeldLease>();
  /** Aborted when nothing is held any more: the process need not wait for the next renewal. */
  #idle: AbortController | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** @param askedAt when the lease was asked for, by `clock.monotonic()` */
  async during<T>(lease: Lease, askedAt: number, work: (held: HeldLease) => Promise<T>): Promise<T> {
    const held = new HeldLease(lease, askedAt, this.#options);
    this.#held.add(held);
    if (!this.#idle) void this.#renewUntilIdle((this.#idle = new AbortController()).signal);
    try {
      return await work(held);
    } finally {
      this.#held.delete(held);
      if (this.#held.size === 0) {
        this.#idle?.abort();
        this.#idle = undefined;
      }
    }
  }

  async #renewUntilIdle(idle: AbortSignal): Promise<void> {
    const { clock, leaseMs } = this.#options;
    let after = RENEW_AFTER;
    while (!idle.aborted) {
      await clock.sleep(leaseMs * after, idle).catch(() => undefined);
      if (!idle.aborted) after = (await this.#renewAll()) ? RENEW_AFTER : RETRY_AFTER;
    }
  }

  async #renewAll(): Promise<boolean> {
    const { clock, renew, onTrouble } = this.#options;
    const held = [...this.#held];
    const askedAt = clock.monotonic();
    try {
      const kept = new Set(await renew(held.map(({ lease }) => lease)));
      for (const each of held) {
        if (kept.has(each.lease)) each.renewed(askedAt);
        else each.lose();
      }
      return true;
    } catch (error) {
      onTrouble?.(error);
      return false;
    }
  }
}
