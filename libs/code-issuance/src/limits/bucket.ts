/** At most `limit` at once, and `limit` in every `windowMs` after that. */
export interface Limit {
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * A leaky bucket (the generic cell rate algorithm): one stored time says all. Every attempt adds `intervalMs` to
 * it; it may be ahead of now by `capacityMs` at most.
 */
export interface Bucket {
  /** Opaque; at most 100 characters. */
  readonly key: string;
  readonly intervalMs: number;
  readonly capacityMs: number;
}

export function bucket(key: string, { limit, windowMs }: Limit): Bucket {
  const intervalMs = Math.floor(windowMs / limit);
  return { key, intervalMs, capacityMs: intervalMs * limit };
}

/** Either the bucket's new time, or when the next attempt would be let through. */
export type Taken = { readonly busyUntil: number } | { readonly retryAt: number };

/** @param busyUntil the bucket's time; 0 for one that is not stored */
export function take({ intervalMs, capacityMs }: Bucket, busyUntil: number, now: number): Taken {
  const next = Math.max(busyUntil, now) + intervalMs;
  return next - now <= capacityMs ? { busyUntil: next } : { retryAt: next - capacityMs };
}

/** Most attempts that a bucket lets through in any stretch of `durationMs`. */
export function mostAttempts(limit: Limit, durationMs: number): number {
  const { intervalMs } = bucket('', limit);
  return limit.limit + Math.floor(durationMs / intervalMs);
}
