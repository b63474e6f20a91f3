import { type Kysely, sql } from 'kysely';
import type { Migration } from './migration.js';

/** Enrolment by code: enrolments, attempts at codes, and the machines that came of it. */
export const enrolments: Migration = {
  async up(db: Kysely<unknown>) {
    await createEnrolments(db);
    await indexEnrolments(db);
    await createAttempts(db);
    await createMachines(db);
  },
};

async function createEnrolments(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('enrolments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('binding', 'text', (column) => column.notNull())
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addColumn('polling_hash', 'text')
    .addColumn('key_fingerprint', 'text')
    .addColumn('next_key_fingerprint', 'text')
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('csr', 'text')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('origin_group', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('poll_interval_ms', 'bigint', (column) => column.notNull())
    .addColumn('polled_at', 'bigint')
    .addColumn('claim', 'integer', (column) => column.notNull())
    .addColumn('lease_until', 'bigint', (column) => column.notNull())
    .addColumn('redemptions', 'integer', (column) => column.notNull())
    .addColumn('domain_id', 'text')
    .addColumn('approved_by', 'text')
    .addColumn('approved_at', 'bigint')
    .addColumn('approval_payload', 'text')
    .addColumn('denied_by', 'text')
    .addColumn('redeem_by', 'bigint')
    .addColumn('redeemed_at', 'bigint')
    .addColumn('repeat_until', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('ticket_hash', 'text')
    .addColumn('ticket_expires_at', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('undo_due', 'integer', (column) => column.notNull())
    .execute();
}

async function indexEnrolments(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(`enrolments_${name}`).on('enrolments');
  // A code stands for one enrolment at a time, and may be drawn again when that has ended.
  await index('code_in_use')
    .unique()
    .column('code_hash')
    .where(sql<boolean>`state in ('pending', 'approving', 'approved', 'redeeming')`)
    .execute();
  await index('code').columns(['code_hash', 'created_at']).execute();
  for (const column of ['polling_hash', 'ticket_hash'])
    await index(column).column(column).where(sql.ref(column), 'is not', null).execute();
  await index('due').columns(['state', 'due_at', 'origin_group']).execute();
  // With all that a count of a domain's enrolments needs.
  await index('domain').columns(['domain_id', 'created_at', 'id', 'state']).execute();
  await index('undo').column('finished_at').where(sql.ref('undo_due'), '=', sql.lit(1)).execute();
}

async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('attempt_buckets')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('busy_until', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('known_operators')
    .addColumn('operator_hash', 'text', (column) => column.primaryKey())
    .addColumn('known_until', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('code_asks')
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('address_group', 'text', (column) => column.notNull())
    .addColumn('asked_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_asks_key', ['code_hash', 'address'])
    .execute();
  await db.schema
    .createIndex('code_asks_recent')
    .on('code_asks')
    .columns(['asked_at', 'address_group'])
    .execute();
}

async function createMachines(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('machines')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('domain_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('enrolment_id', 'text', (column) => column.notNull())
    .addColumn('binding', 'text', (column) => column.notNull())
    .addColumn('approved_by', 'text', (column) => column.notNull())
    .addColumn('enrolled_at', 'bigint', (column) => column.notNull())
    .addColumn('gateway', 'text')
    .addColumn('last_seen_at', 'bigint')
    .addColumn('late_renewals', 'integer', (column) => column.notNull())
    .addColumn('reissue_by', 'text')
    .addColumn('reissue_at', 'bigint')
    .addColumn('revoked_by', 'text')
    .addColumn('revoked_at', 'bigint')
    .addColumn('revocation_reason', 'text')
    .addColumn('removal_due', 'integer', (column) => column.notNull())
    .execute();
  const index = (name: string) => db.schema.createIndex(`machines_${name}`).on('machines');
  await index('domain').columns(['domain_id', 'enrolled_at', 'id', 'state']).execute();
  await index('removal').column('revoked_at').where(sql.ref('removal_due'), '=', sql.lit(1)).execute();
}
