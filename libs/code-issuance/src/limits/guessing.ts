import type { CodeFormat } from '../code/code-format.js';
import type { AttemptSettings, CodeSettings, LegacySettings } from '../settings.js';
import { crowdCode, enrolmentCode } from '../code/enrolment-code.js';
import { deviceMadeCode } from '../code/device-made-code.js';
import { mostAttempts } from './bucket.js';

export interface GuessingQuestion {
  readonly attempts: Pick<AttemptSettings, 'overAll' | 'overAllKnown'>;
  readonly format: CodeFormat;
  /** Codes that could be hit, all that time. */
  readonly pending: number;
  readonly durationMs: number;
}

/**
 * How likely it is that someone, with as many accounts and addresses as it takes to use every limit up, hits at least one
 * of the codes that wait for approval:
 *
 *     p = 1 - (1 - N / S) ^ A
 *
 * N: codes pending; S: the format's `space` (20^8 for codes made here, 31^6 for those of legacy devices); A: failures that the
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

/** What a kind of code is to a guesser when as many of it wait as may. */
export interface Guessability {
  readonly pending: number;
  readonly space: number;
  /** Of hitting one of them with one attempt. */
  readonly perAttempt: number;
  /** Attempts that the limits over all let through. */
  readonly attemptsPerDay: number;
  /** Of hitting at least one of them in a day of using every limit up. */
  readonly perDay: number;
}

const DAY_MS = 86_400_000;

/** By kind of code, for the caps and limits of these settings. */
export function guessability(
  settings: Pick<CodeSettings, 'attempts' | 'pending' | 'shortCodes'>,
  { asked }: Pick<LegacySettings, 'asked'>,
): Readonly<Record<'short' | 'crowd' | 'deviceMade', Guessability>> {
  const { attempts, pending, shortCodes } = settings;
  const of = (question: Omit<GuessingQuestion, 'durationMs'>): Guessability => ({
    pending: question.pending,
    space: question.format.space,
    perAttempt: question.pending / question.format.space,
    attemptsPerDay:
      mostAttempts(question.attempts.overAll, DAY_MS) + mostAttempts(question.attempts.overAllKnown, DAY_MS),
    perDay: guessingProbability({ ...question, durationMs: DAY_MS }),
  });
  return {
    short: of({ attempts, format: enrolmentCode, pending: Math.min(shortCodes, pending.overAll) }),
    crowd: of({ attempts, format: crowdCode, pending: pending.overAll }),
    deviceMade: of({ attempts: attempts.deviceMade, format: deviceMadeCode, pending: asked.overAll }),
  };
}
