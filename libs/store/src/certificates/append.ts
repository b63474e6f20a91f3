import type { LogEntry, LogHead } from '@org/pki';
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../schema.js';
import { inParts } from '../parts.js';
import { rowOfEntry } from './rows.js';

/**
 * A transaction that may append to the issuance log, one at a time across all processes: its first statement locks the
 * head, so everybody else waits there, and a transaction in SQLite starts as a writer.
 */
export function inTurn<T>(
  db: Kysely<Schema>,
  work: (transaction: Transaction<Schema>, head: LogHead) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    const head = await transaction
      .updateTable('issuance_log_head')
      .set(({ ref }) => ({ seq: ref('seq') }))
      .returning(['seq', 'hash'])
      .executeTakeFirstOrThrow();
    return work(transaction, head);
  });
}

/** Writes entries that follow the head that `inTurn` gave. */
export async function append(transaction: Transaction<Schema>, entries: readonly LogEntry[]): Promise<void> {
  const last = entries.at(-1);
  if (!last) return;
  for (const part of inParts(entries))
    await transaction.insertInto('issuance_log').values(part.map(rowOfEntry)).execute();
  await transaction.updateTable('issuance_log_head').set({ seq: last.seq, hash: last.hash }).execute();
}
