import { type Clock, isProvisionError, systemClock } from '@org/domain';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** What helps an operator: who reached the limit, how much it allows, and what to change. Never a secret. */
interface LimitFacts {
  /** Of the caller who reached it. */
  readonly address?: string;
  /** What the limit allows. */
  readonly most?: number;
  /** The setting that changes it. */
  readonly setting?: string;
}

/**
 * Says that a limit was reached, each time it refuses or cuts something off.
 *
 * @param limit its name in `docs/reference/limits.md`; never made of what a caller sent
 */
export type OnLimit = (limit: string, facts?: LimitFacts) => void;

/** Milliseconds between two log lines about the same limit. */
const SAY_EVERY_MS = 60_000;

/** Counts every time in `provision_limits_reached_total`, and logs once a minute for each limit. */
export function createOnLimit(
  logger: Logger,
  metrics: Pick<Metrics, 'limitsReached'>,
  clock: Pick<Clock, 'now'> = systemClock,
): OnLimit {
  const told = new Map<string, { at: number; since: number }>();
  return (limit, facts = {}) => {
    metrics.limitsReached.inc({ limit });
    const now = clock.now();
    const last = told.get(limit) ?? { at: -Infinity, since: 0 };
    last.since += 1;
    if (now - last.at >= SAY_EVERY_MS) {
      logger.warn({ limit, times: last.since, ...facts }, 'limit reached');
      Object.assign(last, { at: now, since: 0 });
    }
    told.set(limit, last);
  };
}

const PREFIX = 'too_many_';

/**
 * The limit that a use case refused a call for: errors say it with a code `too_many_…`, and with `details.limit` where
 * there are several of a kind. `too_many_attempts` with the limit `address` is `attempts_address`.
 */
export function limitOf(error: unknown): string | undefined {
  if (!isProvisionError(error) || !error.code.startsWith(PREFIX)) return undefined;
  const kind = error.code.slice(PREFIX.length);
  const level = error.details?.['limit'];
  return typeof level === 'string' ? `${kind}_${level}` : kind;
}
