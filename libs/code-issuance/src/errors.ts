import { type ErrorCode, type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';
import type { CapLevel } from './limits/room.js';

const SECOND = 1_000;

function error(kind: ErrorKind, code: ErrorCode, message: string, details?: JsonObject): ProvisionError {
  return new ProvisionError({ kind, code, message, ...(details && { details }) });
}

/** @param ms from now; told in whole seconds, at least one */
function later(ms: number, code: ErrorCode, message: string, details?: JsonObject): ProvisionError {
  return error('unavailable', code, message, { ...details, retryAfter: Math.max(1, Math.ceil(ms / SECOND)) });
}

export const codeMalformed = () =>
  error('invalid', 'code_malformed', 'this is no code: compare it with what the device shows');

/** Also for codes that are expired, denied or used up: a guesser must not learn which. */
export const codeUnknown = () =>
  error('not_found', 'code_unknown', 'no device is waiting with this code; it may have expired');

export const codeContested = () =>
  error('conflict', 'code_contested', 'more than one device shows this code; wait for the next one');

export type LimitLevel = 'operator' | 'address' | 'over_all' | 'claims';

export const tooManyAttempts = (level: LimitLevel, waitMs: number) =>
  later(waitMs, 'too_many_attempts', 'too many attempts; wait before the next one', { limit: level });

type Level = Exclude<CapLevel, 'overAll'> | 'over_all';
/** Of enrolments; `asked_…` of codes that legacy devices ask about. */
export type PendingLimit = Level | `asked_${Level}`;

const levelName = (level: CapLevel): Level => (level === 'overAll' ? 'over_all' : level);
export const pendingLimit = (level: CapLevel): PendingLimit => levelName(level);
export const askedLimit = (level: CapLevel): PendingLimit => `asked_${levelName(level)}`;

export const tooManyPending = (limit: PendingLimit, waitMs: number) =>
  later(waitMs, 'too_many_pending', 'too many devices wait for approval; try again later', { limit });

export const invalidRequest = (field: string, message: string) =>
  error('invalid', 'enrolment_request_invalid', message, { field });

/** For polling secrets and ids alike. */
export const enrolmentUnknown = () =>
  error('not_found', 'enrolment_unknown', 'there is no such enrolment, or no longer');

export const enrolmentPending = (waitMs: number) =>
  later(waitMs, 'enrolment_pending', 'no one has approved this device yet');

export const enrolmentDenied = () =>
  error('forbidden', 'enrolment_denied', 'an operator refused this device');

export const enrolmentExpired = () =>
  error('conflict', 'enrolment_expired', 'the code has expired; the device has to ask for a new one');

export const enrolmentRedeemed = () =>
  error('conflict', 'enrolment_redeemed', 'the device has its certificate already; revoke that instead');

export const keyMismatch = () => error('forbidden', 'key_mismatch', 'this enrolment belongs to another key');

export const approvalInProgress = (waitMs: number) =>
  later(waitMs, 'approval_in_progress', 'this device is being approved right now');

export const redemptionInProgress = (waitMs: number) =>
  later(waitMs, 'redemption_in_progress', 'this device is being given its certificate right now');

/** Unknown, replaced by a newer one, expired, or used too often. */
export const ticketRefused = () =>
  error('forbidden', 'ticket_refused', 'this ticket is not valid, or no longer');
