import type { Failure } from './errors.js';

/** When and how often a call is repeated. */
export interface RetryOptions {
  /** Tries altogether; 1 turns repeating off. Default 3. */
  readonly attempts: number;
  /** Upper limit of the first pause, in milliseconds; it doubles with every try. Default 100. */
  readonly baseMs: number;
  /** Upper limit of every pause. A server that asks for a longer one is not asked again. Default 2000. */
  readonly maxMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 3, baseMs: 100, maxMs: 2_000 };

const WORTH_REPEATING = new Set(['server_error', 'timeout', 'connection_lost', 'unreadable_answer']);
const NOTHING_WAS_DONE = new Set(['connect_failed', 'rate_limited']);

/**
 * Milliseconds to wait before the next try; undefined when there must not be one. What certainly did nothing may
 * always be tried again, everything else only when the request is repeatable.
 *
 * Pauses have full jitter (uniform between 0 and the limit), so that callers that failed together do not come
 * back together. p-retry and undici's RetryAgent have neither that nor a notion of what was sent; the loop that
 * they would save is three lines.
 */
export function pauseBeforeRetry(
  failure: Failure,
  {
    attempt,
    repeatable,
    retry,
    random,
  }: { attempt: number; repeatable: boolean; retry: RetryOptions; random: () => number },
): number | undefined {
  if (attempt >= retry.attempts) return undefined;
  const may = NOTHING_WAS_DONE.has(failure.code) || (repeatable && WORTH_REPEATING.has(failure.code));
  if (!may) return undefined;
  const jitter = random() * Math.min(retry.maxMs, retry.baseMs * 2 ** (attempt - 1));
  const asked = failure.retryAfterMs ?? 0;
  return asked > retry.maxMs ? undefined : asked + jitter;
}
