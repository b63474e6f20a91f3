import { type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';
import { type HttpError, isHttpError } from '@org/http-client';

/** Something that a failed run made and that the service could not remove yet; it goes on trying. */
export interface Leftover {
  readonly type: 'configuration' | 'certificate' | 'client' | 'channel';
  readonly id: string;
  readonly reason: string;
}

/**
 * A refusal or failure of Provision. Switch on `kind` for what to do, or on `code` for what exactly happened:
 *
 * ```ts
 * catch (error) {
 *   if (!isProvisionApiError(error)) throw error;
 *   switch (error.kind) {
 *     case 'conflict': return show(error.message);           // the external id exists, or is being made
 *     case 'unavailable': return retryAfter(error.retryAfterMs);
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

  constructor(options: {
    kind: ErrorKind;
    code: string;
    message: string;
    cause: HttpError;
    body: Partial<ErrorBody>;
  }) {
    const { kind, code, message, cause, body } = options;
    super({ kind, code, message, cause });
    this.status = cause.status;
    this.step = body.step;
    this.upstream = body.upstream;
    this.leftovers = body.leftovers ?? [];
    this.retryAfterMs = cause.retryAfterMs;
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
}

/** 503 means that nothing is left of what was asked (or that it is listed); only silence is ambiguous. */
export function toApiError(error: unknown): unknown {
  if (!isHttpError(error)) return error;
  const body = Object(error.body) as Partial<ErrorBody>;
  return new ProvisionApiError({
    kind: error.status === 503 ? 'unavailable' : error.kind,
    code: body.code ?? error.code,
    message: body.message ?? error.message,
    cause: error,
    body,
  });
}
