import type { Kysely } from 'kysely';
import type { Migration } from './migration.js';

/** The fields of enrolments and machines are tied to each other by the state key. */
export const rowMacs: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['enrolments', 'machines'])
      await db.schema
        .alterTable(table)
        .addColumn('mac', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
  },
};
