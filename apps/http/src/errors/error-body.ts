import {
  type ErrorCode,
  type ErrorKind,
  type JsonObject,
  type ProvisionError,
  isProvisionError,
} from '@org/domain';
import { ProvisioningFailed } from '@org/provisioning';
import { HttpFailure } from './http-failure.js';
import { STEP_FAILURES } from './messages.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: JsonObject;
}

export interface ErrorAnswer extends HttpAnswer {
  readonly body: ErrorBody;
}

/** `step`, `upstream`, `leftovers`, … where there is something to say. */
type ErrorBody = JsonObject & { readonly message: string; readonly code: ErrorCode };

const STATUS: Record<ErrorKind, number> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  invalid: 400,
  unavailable: 503,
  ambiguous: 503,
  internal: 500,
};

/** Kinds whose status, of a failed step, is the original's. */
const IN_THE_STEP: readonly ErrorKind[] = ['invalid', 'not_found'];

/** Seconds that a caller should wait by default. */
const RETRY_AFTER_S = 5;

/** The only place where errors become HTTP. Unexpected errors reveal nothing. */
export function answerFor(error: unknown): ErrorAnswer {
  if (!isProvisionError(error))
    return { status: 500, headers: {}, body: { message: 'internal error', code: 'internal' } };
  const status = statusOf(error);
  return { status, headers: headersFor(status, error), body: bodyOf(error, status) };
}

function statusOf(error: ProvisionError): number {
  if (error instanceof HttpFailure) return error.status;
  if (error instanceof ProvisioningFailed && !error.saysItself && IN_THE_STEP.includes(error.kind))
    return STEP_FAILURES[error.step].status;
  if (error.code === 'idempotency_key_reused') return 422;
  // Caused by the caller, not by an outage: limits, and a device that is too early.
  if (error.code.startsWith('too_many_')) return 429;
  if (error.code === 'enrolment_pending') return 409;
  return STATUS[error.kind];
}

function headersFor(status: number, { details }: ProvisionError): Record<string, string> {
  const retryAfter = details?.['retryAfter'] ?? (status === 503 ? RETRY_AFTER_S : undefined);
  return {
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  };
}

function bodyOf(error: ProvisionError, status: number): ErrorBody {
  if (status === 500) return { message: 'internal error', code: 'internal' };
  const { retryAfter: _, ...details } = error.details ?? {};
  if (!(error instanceof ProvisioningFailed)) return { message: error.message, code: error.code, ...details };
  return {
    // Where the caller can correct the cause, our message says how; the original's is the same for every cause.
    message: error.saysItself ? error.message : STEP_FAILURES[error.step].message,
    code: error.code,
    step: error.step,
    ...(isUpstream(details) ? { upstream: details } : details),
    leftovers: error.leftovers.map(({ type, id, reason }) => ({ type, id, reason })),
  };
}

const isUpstream = (details: JsonObject): boolean => 'service' in details;
