import { type Kysely, sql } from 'kysely';
import type { Migration } from './migration.js';

/** PostgreSQL's type for bytes; SQLite takes any name for a column's type, and keeps bytes as they are. */
const BYTES = 'bytea';

/** The authority's records: certificates, the issuance log, revocation lists. */
export const certificates: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('certificates')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('serial', 'text', (column) => column.notNull().unique())
      .addColumn('issuer_id', 'text', (column) => column.notNull())
      .addColumn('profile', 'text', (column) => column.notNull())
      .addColumn('machine_id', 'text', (column) => column.notNull())
      .addColumn('key_fingerprint', 'text', (column) => column.notNull())
      .addColumn('not_before', 'bigint', (column) => column.notNull())
      .addColumn('not_after', 'bigint', (column) => column.notNull())
      .addColumn('tbs', BYTES, (column) => column.notNull())
      .addColumn('recorded_at', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('used_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('revocation_reason', 'text')
      .execute();
    await indexCertificates(db);
    // Apart from the intents, so that a row full of bytes is written once and not rewritten when it is signed.
    await db.schema
      .createTable('signed_certificates')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('certificate', BYTES, (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('signed_certificates_fingerprint')
      .unique()
      .on('signed_certificates')
      .column('fingerprint')
      .execute();
    await createLog(db);
    await createRevocationLists(db);
  },
};

async function indexCertificates(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(`certificates_${name}`).on('certificates');
  for (const column of ['machine_id', 'key_fingerprint', 'issuer_id', 'not_after'])
    await index(column).columns([column, 'seq']).execute();
  // Nearly all are signed: finding those needs no index, and keeping them out of it makes it small.
  await index('state').columns(['state', 'seq']).where(sql.ref('state'), '<>', sql.lit('signed')).execute();
  await index('revoked')
    .columns(['issuer_id', 'not_after', 'seq'])
    .where(sql.ref('revoked_at'), 'is not', null)
    .execute();
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('issuance_log')
    .addColumn('seq', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('serial', 'text', (column) => column.notNull())
    .addColumn('content_hash', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  // One row, which a writer of the log locks first.
  await db.schema
    .createTable('issuance_log_head')
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await sql`insert into issuance_log_head (seq, hash) values (0, ${sql.lit('0'.repeat(64))})`.execute(db);
}

async function createRevocationLists(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('revocation_counts')
    .addColumn('issuer_id', 'text', (column) => column.primaryKey())
    .addColumn('revocations', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('crls')
    .addColumn('issuer_id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('revocation_count', 'bigint', (column) => column.notNull())
    .addColumn('this_update', 'bigint', (column) => column.notNull())
    .addColumn('next_update', 'bigint', (column) => column.notNull())
    .addColumn('der', BYTES, (column) => column.notNull())
    .execute();
}
