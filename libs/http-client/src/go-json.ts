import type { Answer } from './answer.js';

/** Turns an expected answer into what the caller gets; whatever it throws makes the answer `unreadable_answer`. */
export type Decode<T> = (answer: Answer) => T;

/**
 * A decoder for a JSON object.
 *
 * @param resolve turns the wire's shape, unchecked, into the caller's; it throws when something needed is absent.
 */
export function fromJson<Wire extends object, T>(resolve: (wire: Partial<Wire>) => T): Decode<T> {
  return ({ bytes }) => {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value !== 'object' || value === null) throw new TypeError('not a JSON object');
    return resolve(value as Partial<Wire>);
  };
}

/** A string without which an answer is of no use, an id for example. */
export function needed(value: string | null | undefined): string {
  if (typeof value !== 'string' || value === '') throw new TypeError('a needed value is absent');
  return value;
}

/** Go writes an empty slice as `[]`, as `null`, or not at all (Magistrala wire §0.4). */
export function goList<T>(list: readonly T[] | null | undefined): readonly T[] {
  return list ?? [];
}

/** Go writes a time that was never set as `0001-01-01T00:00:00Z`; RFC 3339 text otherwise (Magistrala wire §0.3). */
export function goTime(time: string | null | undefined): string | undefined {
  return time == null || time === '' || time.startsWith('0001-01-01T') ? undefined : time;
}
