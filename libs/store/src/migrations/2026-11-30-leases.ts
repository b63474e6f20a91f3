import type { Kysely } from 'kysely';
import type { Migration } from './migration.js';

/** Who holds a lease can no longer be mistaken for who held it before. */
export const leases: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('runs')
      .addColumn('fencing_token', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('enrolments').renameColumn('claim', 'fencing_token').execute();
    await db.schema.alterTable('enrolments').addColumn('owner', 'text').execute();
  },
};
