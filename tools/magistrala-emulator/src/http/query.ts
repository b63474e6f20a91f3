import type { JsonObject } from '@org/domain';
import { RFC3339, anyObject, wholeValue } from './go-json.js';
import { invalidQuery } from './refusal.js';

const GO_BOOLEANS = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);

/** Query parameters as Magistrala reads them: a repeated or unreadable one is 400 (Magistrala wire §0.4). */
export class Query {
  constructor(private readonly search: URLSearchParams) {}

  has(name: string): boolean {
    return this.search.has(name);
  }

  /** The first value, however many there are. */
  first(name: string): string | undefined {
    return this.search.get(name) ?? undefined;
  }

  text(name: string, fallback = ''): string {
    return this.single(name) ?? fallback;
  }

  number(name: string, fallback: number): number {
    const value = this.single(name);
    if (value === undefined) return fallback;
    if (!/^\d+$/.test(value) || BigInt(value) >= 2n ** 64n) throw invalidQuery();
    return Number(value);
  }

  flag(name: string): boolean {
    const value = this.single(name);
    if (value === undefined) return false;
    const read = GO_BOOLEANS.get(value);
    if (read === undefined) throw invalidQuery();
    return read;
  }

  object(name: string): JsonObject | undefined {
    const value = this.single(name);
    if (value === undefined) return undefined;
    try {
      return anyObject(wholeValue(value));
    } catch {
      throw invalidQuery();
    }
  }

  /** Milliseconds since 1970 of an RFC 3339 time. */
  time(name: string): number | undefined {
    const value = this.text(name);
    if (value === '') return undefined;
    const at = RFC3339.test(value) ? Date.parse(value) : NaN;
    if (Number.isNaN(at)) throw invalidQuery();
    return at;
  }

  private single(name: string): string | undefined {
    const values = this.search.getAll(name);
    if (values.length > 1) throw invalidQuery();
    return values[0];
  }
}
