import type { Kysely } from 'kysely';
import type { Migration } from './migration.js';

/** Of a device's certificate request only the name is needed later. */
export const enrolmentNames: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('enrolments').renameColumn('csr', 'common_name').execute();
  },
};
