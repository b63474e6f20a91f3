const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;

/**
 * How long to wait before removal number `attempt` (1 is the first repeat): doubling from one second to
 * five minutes, half of it random, so that many runs that failed together do not come back together.
 *
 * @param random in [0, 1)
 * @returns whole milliseconds, as databases keep times
 */
export function removalDelay(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
