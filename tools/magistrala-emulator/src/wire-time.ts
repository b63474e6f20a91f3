import type { Clock } from '@org/domain';

/** How Magistrala writes a time that was never set; the field is there all the same (Magistrala wire §0.3). */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Now, in RFC 3339. */
export const isoTime = (clock: Clock) => new Date(clock.now()).toISOString();
