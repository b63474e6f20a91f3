import type { EnrolmentState } from '@org/domain';
import { GUESSABLE_STATES } from '@org/code-issuance';
import { sql } from 'kysely';

export const FINAL: readonly EnrolmentState[] = ['redeemed', 'denied', 'expired'];
export const LIVE: readonly EnrolmentState[] = ['pending', 'approving', 'approved', 'redeeming'];

/** Written out, as the indexes have it: databases do not see through parameters. */
const isOneOf = (states: readonly EnrolmentState[]) =>
  sql<boolean>`state in (${sql.join(states.map((state) => sql.lit(state)))})`;

export const isLive = isOneOf(LIVE);
export const isGuessable = isOneOf(GUESSABLE_STATES);
