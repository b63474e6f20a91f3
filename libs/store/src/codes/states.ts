import type { EnrolmentState } from '@org/code-issuance';
import { sql } from 'kysely';

export const FINAL: readonly EnrolmentState[] = ['redeemed', 'denied', 'expired'];
export const LIVE: readonly EnrolmentState[] = ['pending', 'approving', 'approved', 'redeeming'];

/** Written out, as the index of codes in use has it: databases do not see through parameters. */
export const isLive = sql<boolean>`state in (${sql.join(LIVE.map((state) => sql.lit(state)))})`;
