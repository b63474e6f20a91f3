import type { RenewalAttempt } from '@org/device';
import type { LocalRefusal } from '../local/local-server.js';

/** What the daemon knows of itself while it runs; for health and metrics. */
export class DaemonState {
  readonly startedAt = Date.now();
  /** Renewal attempts since the start, by how they ended. */
  readonly renewals = new Map<RenewalAttempt['outcome'], number>();
  /** Calls and connections of local programs that were refused since the start. */
  readonly refusals = new Map<LocalRefusal, number>();
  /** Undefined: there is nothing to fetch. */
  bootstrap: 'waiting' | 'loaded' | 'failing' | undefined;
  /** Whether the server accepted the certificate when it was last shown; undefined: not shown yet, or it cannot be. */
  accepted: boolean | undefined;
  /** Fingerprint of the certificate whose end was logged last. */
  expired: string | undefined;

  countRenewal(outcome: RenewalAttempt['outcome']): void {
    this.renewals.set(outcome, (this.renewals.get(outcome) ?? 0) + 1);
  }

  countRefusal(reason: LocalRefusal): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }
}
