import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who holds a run's lease can no longer be mistaken for who held it before. */
export const leases: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('runs')
      .addColumn('fencing_token', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
