import type { Clock } from '@org/domain';

/** How Magistrala writes a time that was never set; the field is there all the same (Magistrala wire §0.3). */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** The same time as Go had it before PostgreSQL cut it to microseconds: any nanoseconds. */
export function withNanoseconds(time: string): string {
  const [seconds = '', microseconds = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${microseconds.padEnd(6, '0')}447Z`;
}

let last = 0;

/**
 * Now, in RFC 3339 with microseconds, as PostgreSQL keeps them and Go writes them: without zeros at the end. Never the
 * same twice, as two requests to Magistrala are never within one microsecond: lists are ordered by such times.
 */
export function isoTime(clock: Clock): string {
  last = Math.max(Math.floor(clock.now()) * 1_000, last + 1);
  const seconds = new Date(last / 1_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const fraction = String(last % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction && `.${fraction}`}Z`;
}
