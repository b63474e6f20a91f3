import { failureOfAnswer, failureOfDecoding, failureOfExchange } from './classify.js';
import type { Failure } from './errors.js';
import { ExchangeFailure } from './exchange.js';
import type { Answer } from './answer.js';
import { type DecodedRequest, isSafe } from './request.js';

/** What came of one try: a decoded value, or a failure. */
export interface Outcome {
  readonly status?: number;
  readonly value?: unknown;
  readonly failure?: Failure;
}

/** Sends once and says what the answer, or its absence, means for this request. */
export async function outcomeOf(
  request: DecodedRequest,
  send: () => Promise<Answer>,
  now: () => number,
): Promise<Outcome> {
  const safe = isSafe(request);
  const failed = (failure: Failure): Outcome => ({
    status: failure.status,
    failure: { ...failure, ...request.refine?.(failure) },
  });
  const answer = await send().catch(exchangeFailure);
  if (answer instanceof ExchangeFailure) {
    const refused = answer.status !== undefined && !request.expect.includes(answer.status);
    if (!refused) return failed(failureOfExchange(answer, safe));
    // A refusal is one even when its text was cut off.
    return failed(
      failureOfAnswer({ status: answer.status, headers: {}, bytes: Buffer.alloc(0) }, safe, now()),
    );
  }
  if (!request.expect.includes(answer.status)) return failed(failureOfAnswer(answer, safe, now()));
  try {
    return { status: answer.status, value: request.decode?.(answer) };
  } catch {
    return failed(failureOfDecoding(answer.status, safe));
  }
}

function exchangeFailure(error: unknown): ExchangeFailure {
  if (error instanceof ExchangeFailure) return error;
  throw error;
}
