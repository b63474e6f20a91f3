import type { EnrolmentState } from '@org/domain';
import type { Terms } from '../settings.js';
import type { EnrolmentRecord } from './record.js';
import { type EnrolmentEvent, isFinal, stateAfter } from './state.js';

/** What a change depends on besides the enrolment. */
export interface Moment {
  readonly now: number;
  readonly terms: Terms;
  /** Who is given the lease where the change begins work that takes a while. */
  readonly owner: string;
  readonly leaseMs: number;
}

type Change = Partial<Omit<EnrolmentRecord, 'id' | 'state' | 'version' | 'dueAt'>>;

/**
 * The record after `event`, one version on. Whether the event may happen now is for its own file to say; that the state
 * table allows it is checked here.
 */
export function after(
  event: EnrolmentEvent,
  record: EnrolmentRecord,
  { now, terms }: Moment,
  change: Change,
): EnrolmentRecord {
  const state = stateAfter(record.state, event);
  if (!state) throw new Error(`no ${event} in state ${record.state}`);
  const ended = isFinal(state) && !isFinal(record.state) ? { finishedAt: now } : {};
  return withDue({ ...record, ...ended, ...change, state }, terms);
}

/** The same state with other fields. */
export const changed = (record: EnrolmentRecord, terms: Terms, change: Change): EnrolmentRecord =>
  withDue({ ...record, ...change }, terms);

function withDue(record: EnrolmentRecord, terms: Terms): EnrolmentRecord {
  return { ...record, version: record.version + 1, dueAt: DUE[record.state](record, terms) };
}

const end = (record: EnrolmentRecord, terms: Terms): number =>
  record.finishedAt! + (record.approval ? terms.keepMs : terms.keepUnapprovedMs);

/** Work under way is not cut off: while its lease runs, an enrolment does not expire. */
const DUE: Readonly<Record<EnrolmentState, (record: EnrolmentRecord, terms: Terms) => number>> = {
  pending: ({ expiresAt }) => expiresAt,
  approving: ({ expiresAt, leaseUntil }) => Math.max(expiresAt, leaseUntil),
  approved: ({ redeemBy }) => redeemBy!,
  redeeming: ({ redeemBy, leaseUntil }) => Math.max(redeemBy!, leaseUntil),
  redeemed: end,
  denied: end,
  expired: end,
};
