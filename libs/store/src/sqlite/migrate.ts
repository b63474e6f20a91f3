import type { Kysely } from 'kysely';
import { createTable, type Migrated, missingFrom, record } from '../migrations/applied.js';
import type { Migrations } from '../migrations/migration.js';

/** All of it in one transaction, in which a process that started at the same time finds nothing to do any more. */
export const migrateSqlite = (db: Migrated, migrations: Migrations): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    await createTable(transaction);
    for (const name of await missingFrom(transaction, migrations)) {
      const migration = migrations[name]!;
      if ('up' in migration) await migration.up(transaction as unknown as Kysely<unknown>);
      else for (const index of migration.indexes(transaction.schema)) await index.execute();
      await record(transaction, name, migration);
    }
  });
