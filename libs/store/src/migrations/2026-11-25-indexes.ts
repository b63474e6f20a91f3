import { sql } from 'kysely';
import type { Migration } from './migration.js';

/** For what is asked every second, or by metrics, of tables that grow. */
export const indexes: Migration = {
  indexes: (schema) => [
    schema.createIndex('machines_state').on('machines').column('state'),
    schema
      .createIndex('runs_kept')
      .on('runs')
      .column('keep_until')
      .where(sql.ref('keep_until'), '>', sql.lit(0)),
  ],
};
