import { goList } from './go-json.js';

/** A part of a list. */
export interface Page<T> {
  /** How many there are altogether. */
  readonly total: number;
  readonly offset: number;
  readonly items: readonly T[];
}

export interface PageOptions {
  /** Default 0. */
  readonly offset?: number;
  /** Default 10. */
  readonly limit?: number;
}

/** What every service's lists have; some leave numbers out that are 0 (Magistrala wire §0.4). */
export interface WirePage {
  total?: number;
  offset?: number;
  limit?: number;
}

export function toPage<W, T>(
  page: WirePage,
  items: readonly W[] | null | undefined,
  toItem: (wire: W) => T,
): Page<T> {
  return { total: page.total ?? 0, offset: page.offset ?? 0, items: goList(items).map(toItem) };
}
