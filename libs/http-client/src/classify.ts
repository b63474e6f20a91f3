import type { ErrorKind } from '@org/domain';
import type { Failure, HttpErrorCode } from './errors.js';
import type { ExchangeFailure } from './exchange.js';
import type { Answer } from './answer.js';

const BY_STATUS: Partial<Record<number, [ErrorKind, HttpErrorCode]>> = {
  401: ['unauthenticated', 'unauthenticated'],
  403: ['forbidden', 'forbidden'],
  404: ['not_found', 'not_found'],
  // RFC 9110 §15.5.9: the server never had the whole request.
  408: ['unavailable', 'timeout'],
  409: ['conflict', 'conflict'],
  429: ['unavailable', 'rate_limited'],
};

/** The reason with which a call's own time limit aborts it. */
export const TIME_IS_UP = new DOMException('the time limit of the call has passed', 'TimeoutError');

/**
 * What a status outside of the expected ones means. A 5xx to a request that changes something is ambiguous:
 * services write first and may fail afterwards (Magistrala wire §0.6), gateways may lose an answer.
 */
export function failureOfAnswer(answer: Answer, safe: boolean, now: number): Failure {
  const { status } = answer;
  const [kind, code] = BY_STATUS[status] ?? byClass(status, safe);
  const body = jsonOf(answer.bytes);
  return {
    kind,
    code,
    status,
    upstreamMessage: messageOf(body),
    body,
    retryAfterMs: retryAfter(answer.headers, now),
  };
}

function byClass(status: number, safe: boolean): [ErrorKind, HttpErrorCode] {
  if (status >= 500) return [safe ? 'unavailable' : 'ambiguous', 'server_error'];
  if (status >= 400) return ['invalid', 'invalid_request'];
  // A redirect did nothing (most often the address of a gateway is wrong); another 2xx may have done something.
  return [status >= 300 || safe ? 'unavailable' : 'ambiguous', 'unexpected_status'];
}

/** What it means that no whole answer came. */
export function failureOfExchange(failure: ExchangeFailure, safe: boolean): Failure {
  const { sent, cause } = failure;
  // Refused by undici itself, a token with a line break for example.
  if (codeOf(cause) === 'UND_ERR_INVALID_ARG') return { kind: 'invalid', code: 'invalid_request', cause };
  return {
    kind: sent && !safe ? 'ambiguous' : 'unavailable',
    code: exchangeCode(failure),
    status: failure.status,
    // A parser's error carries a piece of the answer, which may hold secrets.
    cause: isParserError(cause) ? undefined : cause,
  };
}

function exchangeCode({ sent, aborted, cause }: ExchangeFailure): HttpErrorCode {
  if (aborted) return cause === TIME_IS_UP ? 'timeout' : 'aborted';
  const code = codeOf(cause);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'answer_too_large';
  if (isParserError(cause)) return 'unreadable_answer';
  return sent ? 'connection_lost' : 'connect_failed';
}

/** A status that promised success, and a body that breaks the promise. */
export function failureOfDecoding(status: number, safe: boolean): Failure {
  // Without a cause: messages of JSON.parse quote the text, which may hold secrets.
  return { kind: safe ? 'unavailable' : 'ambiguous', code: 'unreadable_answer', status };
}

/** The body as JSON; undefined for an empty 500, a gateway's HTML page. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Reads `{"message": …}`; older services added `error`. Everything else is no message. */
function messageOf(body: unknown): string | undefined {
  const { message, error } = Object(body) as { message?: unknown; error?: unknown };
  const texts = [message, error].filter((text): text is string => typeof text === 'string' && text !== '');
  return texts.length === 0 ? undefined : texts.join(': ').slice(0, 500);
}

/** RFC 9110 §10.2.3: seconds, or a date, which is one of the server's clock: what that says now, `Date` tells. */
function retryAfter(headers: Answer['headers'], now: number): number | undefined {
  const header = headers['retry-after'];
  if (header === undefined) return undefined;
  const serverNow = Date.parse(headers.date ?? '') || now;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - serverNow;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const isParserError = (error: unknown) => (Object(error) as Error).name === 'HTTPParserError';

const codeOf = (error: unknown) => {
  const code = Object(error).code as unknown;
  return typeof code === 'string' ? code : '';
};
