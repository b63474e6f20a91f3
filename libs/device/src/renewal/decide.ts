import { renewalDue } from '@org/x509';
import { SLOW_CLOCK_MS } from '../timing/server-clock.js';

export interface RenewalFacts {
  readonly certificate: {
    /** Lower-case hex SHA-256. */
    readonly fingerprint: string;
    /** Milliseconds since 1970, like all times here. */
    readonly notBefore: number;
    readonly notAfter: number;
  };
  readonly now: number;
  /** When the server would like it. */
  readonly serverHint?: number;
  /** The last attempt failed at `at`; there is to be none before `until`. */
  readonly backOff?: { readonly at: number; readonly until: number };
}

export type RenewalDecision =
  | {
      readonly action: 'wait';
      readonly until: number;
      readonly reason: 'not_due' | 'backing_off' | 'enrolling';
    }
  | { readonly action: 'renew'; readonly reason: 'due' | 'expired' }
  /** The clock stands before the certificate's beginning, so it is wrong: nothing else can be decided. */
  | { readonly action: 'ask_time' };

/** Whether to renew a certificate now. Pure. */
export function decideRenewal({ certificate, now, serverHint, backOff }: RenewalFacts): RenewalDecision {
  const { notBefore, notAfter } = certificate;
  // After the clock has been set back, a pause that was noted before could last for years.
  if (backOff && now < backOff.until && now >= backOff.at - SLOW_CLOCK_MS) {
    return { action: 'wait', until: backOff.until, reason: 'backing_off' };
  }
  if (now < notBefore - SLOW_CLOCK_MS) return { action: 'ask_time' };
  if (now > notAfter) return { action: 'renew', reason: 'expired' };
  const { due, at } = renewalDue({
    notBefore,
    notAfter,
    now,
    serverHint,
    jitter: jitterOf(certificate.fingerprint),
  });
  return due ? { action: 'renew', reason: 'due' } : { action: 'wait', until: at, reason: 'not_due' };
}

/** 0 up to 1, evenly over all certificates and always the same for one: there is nothing to draw, keep or lose. */
const jitterOf = (fingerprint: string): number => Number.parseInt(fingerprint.slice(0, 12), 16) / 2 ** 48;

const MINUTE_MS = 60e3;
const LONGEST_MS = 6 * 3600e3;
const LONGEST_EXPIRED_MS = 3600e3;

/** The longest pause between attempts: an eighth of the time that is left, so that there are always some more. */
export function longestPause(notAfter: number, now: number): number {
  const left = notAfter - now;
  return left <= 0 ? LONGEST_EXPIRED_MS : Math.min(LONGEST_MS, Math.max(MINUTE_MS, left / 8));
}
