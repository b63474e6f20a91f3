import { type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';
import { type Answer, type HttpError, isHttpError } from '@org/http-client';

/** What every answer but ping's is wrapped in (mecha wire §2.2). */
export interface Envelope {
  readonly success: boolean;
  readonly statusCode: number;
  readonly errorCode: string | undefined;
  readonly payload: unknown;
}

/** @throws TypeError, SyntaxError when it is none */
export const envelopeOf = ({ bytes }: Answer): Envelope => readEnvelope(JSON.parse(bytes.toString('utf8')));

function readEnvelope(value: unknown): Envelope {
  const { success, status, statusCode, errorCode, payload } = Object(value) as Record<string, unknown>;
  if (typeof success !== 'boolean' || typeof status !== 'string' || !Number.isInteger(statusCode)) {
    throw new TypeError('not an envelope');
  }
  // Servers choose these freely; only what looks like a code goes into errors.
  const code = typeof errorCode === 'string' && /^[\w.-]{1,64}$/.test(errorCode) ? errorCode : undefined;
  return { success, statusCode: statusCode as number, errorCode: code, payload };
}

/**
 * The payload of an answer that came with a good HTTP status; `success` and `statusCode` must agree with it.
 *
 * @param read throws when the payload is not what the call needs
 * @throws ProvisionError `server_refused` of the kind that `statusCode` says; `ambiguous` (`unreadable_answer`)
 */
export function payloadOf<T>(
  { success, statusCode, errorCode, payload }: Envelope,
  read: (payload: unknown) => T,
): T {
  if (!success || statusCode < 200 || statusCode > 299)
    throw refusal(kindOf(statusCode), statusCode, errorCode);
  try {
    return read(payload);
  } catch {
    throw new ProvisionError({
      kind: 'ambiguous',
      code: 'unreadable_answer',
      message: 'The provisioning server sent an answer that lacks what it must have.',
    });
  }
}

/** Status and error code of a refusal, in whichever way it came; undefined for other errors. */
export function refusalOf(
  error: unknown,
): { readonly status: number; readonly errorCode?: string } | undefined {
  if (isHttpError(error)) return error.status === undefined ? undefined : { status: error.status };
  const { code, details } = Object(error) as {
    code?: unknown;
    details?: { status: number; errorCode?: string };
  };
  return code === 'server_refused' ? details : undefined;
}

/** The same error, with the code that an envelope brought along. */
export function withErrorCode(error: HttpError): ProvisionError {
  try {
    const { errorCode } = readEnvelope(error.body);
    if (errorCode === undefined || error.status === undefined) return error;
    const retryAfterMs = error.retryAfterMs;
    return refusal(error.kind, error.status, errorCode, { cause: error, retryAfterMs });
  } catch {
    return error;
  }
}

/** The same error, in words for people. */
export const unanswered = ({ kind, code, retryAfterMs, cause }: HttpError): ProvisionError =>
  new ProvisionError({
    kind,
    code,
    message: `The provisioning server could not be asked: ${code.replaceAll('_', ' ')}${reasonOf(cause)}.`,
    ...(retryAfterMs !== undefined && { details: { retryAfterMs } }),
    cause,
  });

/** `ECONNREFUSED` and the like. */
function reasonOf(cause: unknown): string {
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

function refusal(
  kind: ErrorKind,
  status: number,
  errorCode: string | undefined,
  { cause, retryAfterMs }: { cause?: unknown; retryAfterMs?: number } = {},
): ProvisionError {
  const details: JsonObject = {
    status,
    ...(errorCode !== undefined && { errorCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  const why = errorCode === undefined ? `status ${status}` : `status ${status}, ${errorCode}`;
  return new ProvisionError({
    kind,
    code: 'server_refused',
    message: `The provisioning server refused (${why}).`,
    details,
    cause,
  });
}

function kindOf(status: number): ErrorKind {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  return status === 429 || status >= 500 ? 'unavailable' : 'invalid';
}
