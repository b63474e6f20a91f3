import type { Clock } from '@org/domain';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** What time it is, in milliseconds since 1970, as an expression for statements: by the one clock that all who share the database have. */
export type DatabaseTime = () => RawBuilder<number>;

/** The server's clock, at the beginning of the statement: its indexes can be used with that, and later would not be safer. */
export const postgresTime: DatabaseTime = () =>
  sql<number>`floor(extract(epoch from statement_timestamp()) * 1000)::bigint`;

/** Processes that share a file share the machine's clock too. */
export const sqliteTime =
  (clock: Pick<Clock, 'now'>): DatabaseTime =>
  () =>
    sql<number>`${clock.now()}`;

export async function timeOf<S>(db: Kysely<S>, time: DatabaseTime): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${time()} as now`.execute(db);
  return rows[0]!.now;
}
