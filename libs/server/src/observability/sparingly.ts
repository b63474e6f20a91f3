import { type Clock, systemClock } from '@org/domain';
import { coalesce } from '../coalesce.js';

/** Milliseconds: what takes no longer is looked at whenever it is asked for. */
const CHEAP_MS = 20;
/** What was found is shown for so many times as long as it took to find. */
const SHARE = 1_000;
const MOST_MS = 600_000;

/**
 * A look that takes the longer the larger an installation is: where it takes more than 20 ms, it is made for at most a
 * thousandth of the time. One of 200 ms is made again after 200 s, and after ten minutes any. A failure is not remembered.
 */
export function sparingly<T>(
  look: () => Promise<T>,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): () => Promise<T> {
  let found: { readonly value: T; readonly until: number } | undefined;
  const lookNow = coalesce(async () => {
    const from = clock.monotonic();
    const value = await look();
    const now = clock.monotonic();
    const took = now - from;
    found = took > CHEAP_MS ? { value, until: now + Math.min(took * SHARE, MOST_MS) } : undefined;
    return value;
  });
  return async () => (found && clock.monotonic() < found.until ? found.value : lookNow());
}
