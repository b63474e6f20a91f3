/** When a call was under way, in milliseconds. */
interface Span {
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/**
 * How many calls followed one another: the longest chain in which each call starts after the one before it
 * has ended. That is the number of round trips that someone waits for, however many calls run side by side.
 */
export function roundTrips(calls: readonly Span[]): number {
  const ended = calls.flatMap(({ startedAt, endedAt }) => (endedAt === null ? [] : [{ startedAt, endedAt }]));
  // Taking whichever ends first never makes a chain shorter.
  ended.sort((one, other) => one.endedAt - other.endedAt);
  let count = 0;
  let last = -Infinity;
  for (const { startedAt, endedAt } of ended) {
    if (startedAt < last) continue;
    count += 1;
    last = endedAt;
  }
  return count;
}
