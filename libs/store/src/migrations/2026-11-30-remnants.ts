import { type Kysely, sql } from 'kysely';
import type { Migration } from './migration.js';

/** What the platform's API can never remove of runs that are forgotten. */
export const remnants: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('remnants')
      .addColumn('run_id', 'text', (column) => column.primaryKey())
      .addColumn('domain_id', 'text', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('found_at', 'bigint', (column) => column.notNull())
      .addColumn('items', 'text', (column) => column.notNull())
      .addColumn('item_count', 'integer', (column) => column.notNull())
      .addColumn('acknowledged_at', 'bigint')
      .addColumn('acknowledged_by', 'text')
      .execute();
    await db.schema
      .createIndex('remnants_domain')
      .on('remnants')
      .columns(['domain_id', 'found_at'])
      .execute();
    await db.schema
      .createIndex('remnants_open')
      .on('remnants')
      .column('item_count')
      .where(sql.ref('acknowledged_at'), 'is', null)
      .execute();
  },
};
