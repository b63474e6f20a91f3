import { type Kysely, sql } from 'kysely';
import type { Migration } from './migration.js';

/** Caps on what waits for approval, by address and by the networks around it. */
export const pendingLimits: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('mutexes')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .execute();
    await db.schema.alterTable('enrolments').renameColumn('origin_group', 'origin_path').execute();
    await db.schema.alterTable('code_asks').renameColumn('address_group', 'address_path').execute();
  },
};

export const pendingLimitsIndex: Migration = {
  indexes: (schema) => [
    schema
      .createIndex('enrolments_pending_key')
      .on('enrolments')
      .column('key_fingerprint')
      .where(sql<boolean>`state = 'pending'`),
  ],
};
