import type { Claim } from '@org/code-issuance';
import type { EnrolmentContext } from '../context.js';

/** A third of the shortest lease that is sensible. */
const EXTEND_EVERY_MS = 20_000;

/**
 * Keeps others from taking the approval over while its work lasts. Should that fail, the idempotency key still makes sure
 * that whoever takes it over meets the same run.
 */
export async function keepingHold<T>(
  { clock, codes }: EnrolmentContext,
  claim: Claim,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const extending = (async () => {
    while (!over.signal.aborted) {
      await clock.sleep(EXTEND_EVERY_MS, over.signal);
      await codes.extend(claim);
    }
  })().catch(() => undefined);
  try {
    return await work();
  } finally {
    over.abort();
    await extending;
  }
}
