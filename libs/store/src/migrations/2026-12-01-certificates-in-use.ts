import { sql } from 'kysely';
import type { Migration } from './migration.js';

/** For metrics: how many of the certificates that no newer one took the place of end soon. */
export const certificatesInUse: Migration = {
  indexes: (schema) => [
    schema
      .createIndex('certificates_in_use')
      .on('certificates')
      // The state too: SQLite would look it up in each row otherwise.
      .columns(['profile', 'not_after', 'state'])
      .where(sql.ref('state'), '=', sql.lit('signed')),
  ],
};
