/** How fast a device may poll, and when it last did. */
export interface Pace {
  readonly intervalMs: number;
  /** Undefined before the first poll. */
  readonly polledAt: number | undefined;
}

/** Added to the interval by every `slow_down` (RFC 8628 §3.5). */
const SLOW_DOWN_MS = 5_000;
/** However often a device hurries, it learns of its approval this soon. */
const MAX_INTERVAL_MS = 60_000;
/** The part of the interval that may be missing: networks do not keep time. */
const TOLERANCE = 0.1;

/** What a poll at `now` does to the pace (RFC 8628 §3.5: the longer interval holds from then on). */
export function poll(pace: Pace, now: number): { readonly pace: Pace; readonly slowDown: boolean } {
  const { intervalMs, polledAt } = pace;
  const slowDown = polledAt !== undefined && now - polledAt < intervalMs * (1 - TOLERANCE);
  const longer = Math.max(intervalMs, Math.min(intervalMs + SLOW_DOWN_MS, MAX_INTERVAL_MS));
  return { pace: { intervalMs: slowDown ? longer : intervalMs, polledAt: now }, slowDown };
}
