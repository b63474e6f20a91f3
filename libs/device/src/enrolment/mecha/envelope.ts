import { type ErrorKind, type JsonObject, ProvisionError, isProvisionError } from '@org/domain';
import type { Answer, HttpError } from '@org/http-client';
import { isTransient } from '../../errors.js';
import { clockHint } from '../../timing/server-clock.js';
import { ServerError } from '../server-error.js';

/** What every answer but ping's is wrapped in (mecha wire §2.2). */
interface Envelope {
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

/**
 * The status that a server has refused with. A plain 404 counts as well, which is what "not yet" looks like where the
 * server wraps nothing; undefined for other errors.
 */
export function statusOf(error: unknown): number | undefined {
  const { code, details } = Object(error) as { code?: unknown; details?: { status?: number } };
  if (code === 'server_refused' || details?.status === 404) return details?.status;
  return undefined;
}

/** What a status means that is no success: only a server that refuses wraps its answer. */
export function answered(error: HttpError): ProvisionError {
  const { kind, status = 0, retryAfterMs } = error;
  const envelope = envelopeIn(error.body);
  if (envelope?.success === false) {
    return refusal(kind, status, envelope.errorCode, { cause: error, retryAfterMs });
  }
  if (isTransient(error)) return error;
  return new ProvisionError({
    kind: 'unavailable',
    code: 'proxy_answered',
    message: `Something that is no provisioning server has answered (status ${status}): a proxy, or another program.`,
    details: { status },
    cause: error,
  });
}

function envelopeIn(body: unknown): Envelope | undefined {
  try {
    return readEnvelope(body);
  } catch {
    return undefined;
  }
}

/** The same error, in words for people. */
export const unanswered = (
  { kind, code, retryAfterMs, cause }: HttpError,
  serverUrl: string,
): ProvisionError =>
  new ProvisionError({
    kind,
    code,
    message: `The provisioning server at ${serverUrl} could not be asked: ${code.replaceAll('_', ' ')}${reasonOf(cause)}.${clockHint(reasonOf(cause))}`,
    ...(retryAfterMs !== undefined && { details: { retryAfterMs } }),
    cause,
  });

/** What a proxy says; `ECONNREFUSED` and the like. */
function reasonOf(cause: unknown): string {
  if (isProvisionError(cause)) return ` (${cause.message.replace(/\.$/, '')})`;
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
  return new ServerError({
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
