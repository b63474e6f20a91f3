import {
  type ErrorCode,
  type ErrorKind,
  type JsonObject,
  type Leftover,
  ProvisionError,
  isProvisionError,
} from '@org/domain';
import { type Refine, isHttpError } from '@org/http-client';

/**
 * A refusal or failure of Provision. Switch on `kind` for what to do, or on `code` for what exactly happened (all that
 * there are: `ErrorCode`; have a `default`, as a newer service may know more):
 *
 * ```ts
 * catch (error) {
 *   if (!isProvisionApiError(error)) throw error;
 *   switch (error.kind) {
 *     case 'conflict': return show(error.message);           // the external id exists, or is being made
 *     case 'unavailable': return retryAfter(error.retryAfterMs); // nothing is left of it, but for `leftovers`
 *     case 'ambiguous': return askAgain(idempotencyKey);     // no one knows whether it happened
 *     …
 *   }
 * }
 * ```
 */
export class ProvisionApiError extends ProvisionError {
  override readonly name = 'ProvisionApiError';
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** The step of provisioning that failed. */
  readonly step: string | undefined;
  /** What the platform answered: service, operation, status. */
  readonly upstream: JsonObject | undefined;
  readonly leftovers: readonly Leftover[];
  /** Milliseconds that the service asks to wait before trying again. */
  readonly retryAfterMs: number | undefined;
  /** The id under which the service has logged the request; undefined where it is not the service that answered. */
  readonly requestId: string | undefined;

  constructor(options: {
    kind: ErrorKind;
    code: ErrorCode;
    message: string;
    cause: ProvisionError;
    body: Partial<ErrorBody>;
  }) {
    const { kind, code, message, cause, body } = options;
    super({ kind, code, message, cause });
    const answer = isHttpError(cause) ? cause : undefined;
    this.status = answer?.status;
    this.step = body.step;
    this.upstream = body.upstream;
    this.leftovers = body.leftovers ?? [];
    this.retryAfterMs = answer?.retryAfterMs;
    this.requestId = body.request_id;
  }
}

/** True for errors of this client, across copies of this package. */
export function isProvisionApiError(error: unknown): error is ProvisionApiError {
  return error instanceof Error && error.name === 'ProvisionApiError';
}

interface ErrorBody {
  readonly message: string;
  readonly code: string;
  readonly step: string;
  readonly upstream: JsonObject;
  readonly leftovers: readonly Leftover[];
  readonly request_id: string;
}

/** What this service says of an error; nothing when something between answered, or no one. */
function errorBody(body: unknown): Partial<ErrorBody> {
  const given = Object(body) as Partial<ErrorBody>;
  return typeof given.code === 'string' ? given : {};
}

/**
 * With its own 503 this service says that nothing is left of what was asked, or lists what is. Not so when its database
 * did not answer, or where it says that it does not know; and a proxy's 503 may stand for an answer that was lost.
 */
export const ownRefusal: Refine = ({ status, code, body }) => {
  const { code: own } = errorBody(body);
  const isSure = status === 503 && own !== undefined && !UNSURE.has(own);
  return isSure ? { kind: 'unavailable', code } : undefined;
};

const UNSURE = new Set(['database_unavailable', 'outcome_unknown']);

/** For a call that was met at work: that this try did nothing says nothing about the earlier one. */
export const earlierTryAtWork: Refine = ({ kind, code }) =>
  kind === 'unavailable' ? { kind: 'ambiguous', code } : undefined;

/** Refusals and failures of a call; what else was thrown stays what it is. */
export function toApiError(error: unknown, baseUrl: string): unknown {
  if (!isProvisionError(error)) return error;
  const body = errorBody(isHttpError(error) ? error.body : undefined);
  return new ProvisionApiError({
    kind: error.kind,
    // A newer service may know more of them than this package does.
    code: (body.code as ErrorCode | undefined) ?? error.code,
    message: body.message ?? messageOf(error, baseUrl),
    cause: error,
    body,
  });
}

/** Of an error that the service itself did not explain. */
function messageOf(error: ProvisionError, baseUrl: string): string {
  if (error.code !== 'connect_failed') return error.message;
  return `no connection to ${baseUrl}: ${reasonOf(error.cause)}`;
}

/** A name that was tried at several addresses gives an error for each, and says nothing itself. */
function reasonOf(cause: unknown): string {
  const { errors } = Object(cause) as { errors?: unknown };
  const reasons = (Array.isArray(errors) ? errors : [cause]).map(
    (each) => (Object(each) as { message?: unknown }).message,
  );
  const texts = reasons.filter((text): text is string => typeof text === 'string' && text !== '');
  return [...new Set(texts)].join('; ') || 'for no known reason';
}
