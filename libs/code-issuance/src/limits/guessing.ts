import type { CodeFormat } from '../code/code-format.js';
import type { AttemptSettings } from '../settings.js';
import { mostAttempts } from './bucket.js';

export interface GuessingQuestion {
  readonly attempts: AttemptSettings;
  readonly format: CodeFormat;
  /** Codes that could be hit, all that time. */
  readonly pending: number;
  readonly durationMs: number;
}

/**
 * How likely it is that somebody, with as many accounts and addresses as it takes to use every limit up, hits at least one
 * of the codes that wait for approval:
 *
 *     p = 1 - (1 - N / S) ^ A
 *
 * N: codes pending; S: the format's `space` (20^8 for codes made here, 31^6 for those of old devices); A: failures that the
 * limits over all let through in the duration T, for unknown and for known operators together,
 *
 *     A = sum of (limit + T * limit / window)
 *
 * since a limit may be used up at once at the start, and is then let through at its own rate. With the defaults, 100 codes
 * pending all day, and an attack that lasts all day: A = 159 500, p = 0.00062.
 */
export function guessingProbability({ attempts, format, pending, durationMs }: GuessingQuestion): number {
  const most = mostAttempts(attempts.overAll, durationMs) + mostAttempts(attempts.overAllKnown, durationMs);
  // The logarithm keeps what 1 - N / S would lose to rounding.
  return -Math.expm1(most * Math.log1p(-pending / format.space));
}
