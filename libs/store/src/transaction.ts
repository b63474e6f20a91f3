import type { Kysely } from 'kysely';

/** Carries out several statements in the transaction that `db` is, or in one of their own. */
export const oneTransaction = <S, T>(db: Kysely<S>, work: (db: Kysely<S>) => Promise<T>): Promise<T> =>
  db.isTransaction ? work(db) : db.transaction().execute(work);
