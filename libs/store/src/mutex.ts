import type { Kysely } from 'kysely';
import type { Schema } from './schema.js';

/**
 * Keeps all others who want the same from going on until the transaction ends, so that what it counts is still true when it
 * writes. It writes, so a transaction in SQLite starts as a writer.
 */
export async function lockUntilEnd(transaction: Kysely<Schema>, name: string): Promise<void> {
  await transaction
    .insertInto('mutexes')
    .values({ name })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name }))
    .execute();
}
