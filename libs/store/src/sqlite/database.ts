import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';

/** Milliseconds to wait for another process's write. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * A SQLite file through node's own driver. Only its owner may read it: it holds what recovery needs.
 * A commit survives a power cut (`synchronous = FULL`).
 *
 * @param path of the file, made if it is not there; `:memory:` for none
 */
export function sqliteDialect(path: string): SqliteDialect {
  // Made before SQLite does, for its mode; the files that SQLite puts beside it inherit that.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  return new SqliteDialect({ database: kyselyView(database) });
}

/** What Kysely expects of a driver, in terms of node:sqlite. */
function kyselyView(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql): SqliteStatement {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}
