import { type Kysely, sql } from 'kysely';
import type { Migration } from './migration.js';

/** The journal of provisioning runs. */
export const runs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('runs')
      .addColumn('run_id', 'text', (column) => column.primaryKey())
      .addColumn('domain_id', 'text', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('lease_until', 'bigint', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('plan', 'text', (column) => column.notNull())
      .addColumn('caller_token', 'text')
      .addColumn('idempotency_key', 'text')
      .addColumn('request_hash', 'text')
      .addColumn('result', 'text')
      .addColumn('keep_until', 'bigint', (column) => column.notNull())
      .addColumn('leftovers', 'text', (column) => column.notNull())
      .addColumn('leftover_count', 'integer', (column) => column.notNull())
      .execute();
    // One run at a time makes an external id, whichever process asks: the platform has them only once.
    await db.schema
      .createIndex('runs_external_id_running')
      .unique()
      .on('runs')
      .column('external_id')
      .where(sql.ref('state'), '=', sql.lit('running'))
      .execute();
    await db.schema
      .createIndex('runs_idempotency_key')
      .unique()
      .on('runs')
      .columns(['domain_id', 'idempotency_key'])
      .where(sql.ref('idempotency_key'), 'is not', null)
      .execute();
    await db.schema
      .createIndex('runs_due')
      .on('runs')
      .columns(['state', 'lease_until', 'next_attempt_at'])
      .execute();
    await db.schema.createIndex('runs_domain').on('runs').columns(['domain_id', 'started_at']).execute();
  },
};
