import { type ErrorCode, type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';

/**
 * What happened, finer than `kind`; stable.
 *
 * - from the answer's status: `unauthenticated`, `forbidden`, `not_found`, `conflict`, `invalid_request`,
 *   `rate_limited`, `server_error`, `unexpected_status`;
 * - without a usable answer: `connect_failed`, `timeout`, `connection_lost`, `unreadable_answer`,
 *   `answer_too_large`, `aborted`.
 *
 * A client of a certain service may add its own.
 */
export type HttpErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'invalid_request'
  | 'rate_limited'
  | 'server_error'
  | 'unexpected_status'
  | 'connect_failed'
  | 'timeout'
  | 'connection_lost'
  | 'unreadable_answer'
  | 'answer_too_large'
  | 'aborted';

/** Why one try of a call failed. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly status?: number;
  readonly upstreamMessage?: string;
  /** The answer's JSON, whatever it is; undefined when it had none. */
  readonly body?: unknown;
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

interface HttpErrorOptions extends Failure {
  readonly service: string;
  readonly operation: string;
  readonly attempts: number;
  readonly mayHaveHappened: boolean;
}

/**
 * A call to a service that failed. The message holds the service, the operation and the status, and nothing that
 * came from the wire: no address, header or body.
 */
export class HttpError extends ProvisionError {
  override readonly name: string = 'HttpError';
  readonly service: string;
  readonly operation: string;
  /** The last answer's status; undefined when there was none. */
  readonly status: number | undefined;
  /** The service's own words (at most 500 characters); for logs and programs, not for strangers. */
  readonly upstreamMessage: string | undefined;
  /** The answer's JSON, for a client that knows its form; never for logs. */
  declare readonly body: unknown;
  readonly retryAfterMs: number | undefined;
  /** How often the request was tried. */
  readonly attempts: number;
  /**
   * True when this try, or an earlier one that was repeated, may have had its effect all the same. So a repeated
   * delete that ends in `not_found` has it set.
   */
  readonly mayHaveHappened: boolean;

  constructor(options: HttpErrorOptions) {
    const { kind, code, cause, service, operation, status, attempts, mayHaveHappened } = options;
    const details: JsonObject = { service, operation, attempts, ...(status === undefined ? {} : { status }) };
    super({ kind, code, cause, details, message: `${service}: ${operation}: ${describe(code, status)}` });
    this.service = service;
    this.operation = operation;
    this.status = status;
    this.upstreamMessage = options.upstreamMessage;
    // Not enumerable: it may hold anything, and must not get into a log with the error.
    Object.defineProperty(this, 'body', { value: options.body, enumerable: false });
    this.retryAfterMs = options.retryAfterMs;
    this.attempts = attempts;
    this.mayHaveHappened = mayHaveHappened;
  }
}

/** True for an `HttpError`, across copies of this package. */
export function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && error.name === 'HttpError';
}

const describe = (code: ErrorCode, status: number | undefined) =>
  status === undefined ? code.replaceAll('_', ' ') : `${code.replaceAll('_', ' ')} (status ${status})`;
