import { Metadata, status } from '@grpc/grpc-js';
import { type ErrorCode, type ErrorKind, type ProvisionError, isProvisionError } from '@org/domain';
import { type Any, ErrorInfo, RetryInfo, RpcStatus } from '@org/proto';
import { GrpcFailure } from './grpc-failure.js';

/** What grpc-js sends: `metadata` become the trailers. */
interface ErrorAnswer {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** A `google.rpc.Status`, with the same code and text once more, and what programs need to know. */
export const DETAILS_KEY = 'grpc-status-details-bin';
/** Whose codes `ErrorInfo.reason` holds. */
const DOMAIN = 'provision';

const STATUS: Record<ErrorKind, status> = {
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  conflict: status.FAILED_PRECONDITION,
  invalid: status.INVALID_ARGUMENT,
  unavailable: status.UNAVAILABLE,
  ambiguous: status.UNAVAILABLE,
  internal: status.INTERNAL,
};

/** Seconds that a caller should wait by default. */
const RETRY_AFTER_S = 5;

/** The only place where errors become statuses. Unexpected errors reveal nothing. */
export function answerFor(error: unknown): ErrorAnswer {
  const code = isProvisionError(error) ? statusOf(error) : status.INTERNAL;
  if (code === status.INTERNAL || !isProvisionError(error))
    return answer(code, 'internal error', [errorInfo('internal')]);
  const { details, message } = error;
  const waits = code === status.UNAVAILABLE || details?.['retryAfter'] !== undefined;
  const retryAfter = Number(details?.['retryAfter'] ?? RETRY_AFTER_S);
  return answer(code, message, [errorInfo(error.code, details), ...(waits ? [retryInfo(retryAfter)] : [])]);
}

function statusOf(error: ProvisionError): status {
  if (error instanceof GrpcFailure) return error.status;
  if (error.kind !== 'unavailable') return STATUS[error.kind];
  if (error.code.startsWith('too_many_')) return status.RESOURCE_EXHAUSTED;
  // Retrying does not help before an operator has acted.
  return error.code === 'enrolment_pending' ? status.FAILED_PRECONDITION : status.UNAVAILABLE;
}

function answer(code: status, text: string, details: Any[]): ErrorAnswer {
  const message = text.toWellFormed();
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(RpcStatus.encode({ code, message, details }).finish()));
  return { code, details: message, metadata };
}

function errorInfo(reason: ErrorCode, details: ProvisionError['details'] = {}): Any {
  const facts = Object.entries(details)
    .filter(([name]) => name !== 'retryAfter')
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const);
  const info = { reason, domain: DOMAIN, metadata: Object.fromEntries(facts) };
  return any('google.rpc.ErrorInfo', ErrorInfo.encode(info).finish());
}

function retryInfo(seconds: number): Any {
  const retryDelay = { seconds: String(Math.ceil(seconds)), nanos: 0 };
  return any('google.rpc.RetryInfo', RetryInfo.encode({ retryDelay }).finish());
}

const any = (type: string, value: Uint8Array): Any => ({
  typeUrl: `type.googleapis.com/${type}`,
  value: Buffer.from(value),
});
