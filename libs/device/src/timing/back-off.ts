import type { JsonValue } from '@org/domain';

interface BackOff {
  /** Shortest pause, in milliseconds. Default 30 s. */
  readonly baseMs?: number;
  /** Longest pause, in milliseconds. Default 6 hours. */
  readonly capMs?: number;
}

interface PauseOptions extends BackOff {
  /** The pause before the attempt that failed; undefined for the first failure. */
  readonly previousMs: number | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  /** What the server asked for. */
  readonly askedMs?: number;
}

/**
 * Milliseconds until the next attempt, by decorrelated jitter: uniform between the base and three times the pause
 * before. Devices that failed at the same instant drift apart from the first pause on, and stay apart, so that they do
 * not come back together when the server does. A server that asks for a longer pause gets it, spread by half of it.
 */
export function nextPause(options: PauseOptions): number {
  const { previousMs, random, askedMs = 0, baseMs = 30e3, capMs = 6 * 3600e3 } = options;
  const highest = Math.max(baseMs, 3 * (previousMs ?? baseMs));
  const own = Math.min(capMs, baseMs + random() * (highest - baseMs));
  // At the cap, everybody would wait equally long: the jitter goes on below it.
  const spread = own === capMs ? capMs * (0.5 + random() / 2) : own;
  return Math.round(askedMs > spread ? askedMs * (1 + random() / 2) : spread);
}

/** Milliseconds that a server asked to wait: an HttpError's, or `details.retryAfterMs` of any ProvisionError. */
export function askedPause(error: unknown): number | undefined {
  const { retryAfterMs, details } = Object(error) as {
    retryAfterMs?: unknown;
    details?: { retryAfterMs?: JsonValue };
  };
  const asked = retryAfterMs ?? details?.retryAfterMs;
  return typeof asked === 'number' && asked > 0 ? asked : undefined;
}
