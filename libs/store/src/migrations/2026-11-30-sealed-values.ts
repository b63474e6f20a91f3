import type { Kysely } from 'kysely';
import type { Migration } from './migration.js';

/** What an installation has one of, sealed: its data key, its authority, the keys of its servers. */
export const sealedValues: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('sealed_values')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .execute();
  },
};
