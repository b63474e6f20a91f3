/** Rows of one statement. SQLite takes 32766 parameters and PostgreSQL 65535; no rows written so have over 14 columns. */
const ROWS = 1000;

export function* inParts<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += ROWS) yield items.slice(start, start + ROWS);
}
