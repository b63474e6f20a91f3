/**
 * A place in a list that is ordered by a time and, of the same moment, by id. A page that begins there costs the same
 * however long the list is; one at an offset costs what it passes over.
 */
export interface Position {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly id: string;
}

/** What lists count at most: counting hundreds of thousands for every page would cost more than the page. */
export const COUNTED_AT_MOST = 10_000;
