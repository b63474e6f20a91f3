import type { Clock } from '../clock.js';
import { HeldLease, type Lease } from './lease.js';

export interface LeaseKeeperOptions {
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Renews them in the store. @returns those of them that are still their owner's */
  renew(leases: readonly Lease[]): Promise<readonly Lease[]>;
  /** Lets others claim them at once. Those that are another's by now, or over, are left alone. */
  end(leases: readonly Lease[]): Promise<unknown>;
  /** Told when either failed; it is tried again. */
  onTrouble?(error: unknown): void;
}

/** The parts of a lease after which it is renewed, and after which the keeper looks whether there is anything to do. */
const RENEW_AFTER = 1 / 3;
const LOOK_AFTER = 1 / 15;

/**
 * Renews the leases of a process for as long as their work lasts, and ends those whose work failed: what it knows to be
 * no one's, no one need wait for.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Set<HeldLease>();
  /** Their work failed, and the store has not been told so yet. */
  readonly #failed = new Set<HeldLease>();
  /** Aborted when there is nothing to do any more: the process need not wait for that. */
  #idle: AbortController | undefined;
  #closed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** @param askedAt when the lease was asked for, by `clock.monotonic()` */
  async during<T>(lease: Lease, askedAt: number, work: (held: HeldLease) => Promise<T>): Promise<T> {
    const held = new HeldLease(lease, askedAt, this.#options);
    this.#held.add(held);
    this.#keepOn();
    try {
      return await work(held);
    } catch (error) {
      this.#failed.add(held);
      this.#held.delete(held);
      await this.#endFailed();
      throw error;
    } finally {
      this.#held.delete(held);
      this.#stopIfIdle();
    }
  }

  /** Ends what is still held, although its work goes on: someone else is to do it. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const held of this.#held) this.#failed.add(held);
    this.#held.clear();
    await this.#endFailed();
    this.#idle?.abort();
  }

  #keepOn(): void {
    if (this.#idle || this.#closed) return;
    this.#idle = new AbortController();
    void this.#keepUntil(this.#idle.signal);
  }

  #stopIfIdle(): void {
    if (this.#held.size + this.#failed.size > 0) return;
    this.#idle?.abort();
    this.#idle = undefined;
  }

  async #keepUntil(idle: AbortSignal): Promise<void> {
    const { clock, leaseMs } = this.#options;
    let renewedAt = clock.monotonic();
    while (!idle.aborted) {
      await clock.sleep(leaseMs * LOOK_AFTER, idle).catch(() => undefined);
      if (idle.aborted) return;
      await this.#endFailed();
      const now = clock.monotonic();
      if (now - renewedAt >= leaseMs * RENEW_AFTER && (await this.#renewHeld())) renewedAt = now;
      this.#stopIfIdle();
    }
  }

  async #renewHeld(): Promise<boolean> {
    const { clock, renew } = this.#options;
    const held = [...this.#held];
    if (held.length === 0) return true;
    const askedAt = clock.monotonic();
    return this.#try(async () => {
      const kept = new Set(await renew(held.map(({ lease }) => lease)));
      for (const each of held) {
        if (kept.has(each.lease)) each.renewed(askedAt);
        else each.lose();
      }
    });
  }

  async #endFailed(): Promise<void> {
    // Those that are over need no end.
    for (const each of this.#failed) if (!each.isHeld) this.#failed.delete(each);
    const failed = [...this.#failed];
    if (failed.length === 0) return;
    await this.#try(async () => {
      await this.#options.end(failed.map(({ lease }) => lease));
      for (const each of failed) this.#failed.delete(each);
    });
  }

  async #try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#options.onTrouble?.(error);
      return false;
    }
  }
}
