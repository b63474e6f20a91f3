import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** For what is asked every second, or by metrics, of tables that grow. */
export const indexes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('machines_state').on('machines').column('state').execute();
    await db.schema
      .createIndex('runs_kept')
      .on('runs')
      .column('keep_until')
      .where(sql.ref('keep_until'), '>', sql.lit(0))
      .execute();
  },
};
