import { type Clock, systemClock } from '@org/domain';
import type { Logger } from './logger.js';

/** Milliseconds between lines about the same trouble, as long as it lasts. */
const SAY_AGAIN_MS = 60_000;

/**
 * Logs what goes wrong in work that is tried again every few seconds: an outage must not fill disks.
 *
 * @returns as `trouble` of observers
 */
export function logTroubles(
  logger: Logger,
  clock: Pick<Clock, 'now'> = systemClock,
): (what: string, error: unknown) => void {
  /** When each was said. */
  const said = new Map<string, number>();
  return (what, error) => {
    const now = clock.now();
    for (const [trouble, at] of said) if (at <= now - SAY_AGAIN_MS) said.delete(trouble);
    // Something else in the same work is news.
    const trouble = `${what} ${codeOf(error)}`;
    if (said.has(trouble)) return;
    said.set(trouble, now);
    logger.error({ err: error }, `${what} failed; retrying`);
  };
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name);
}
