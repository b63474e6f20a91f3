import type { Kysely } from 'kysely';
import type { Migration } from './migration.js';

/** A ticket is good for the key that it was used with. */
export const oneTimeTickets: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('enrolments').addColumn('ticket_key_fingerprint', 'text').execute();
  },
};
