import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { outage } from '../outage.js';

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

/** What Kysely expects of a driver, in terms of node:sqlite, with outages told apart from the rest. */
function kyselyView(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: telling((sql: string): SqliteStatement => {
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: telling((parameters) => statement.all(...values(parameters))),
        run: telling((parameters) => statement.run(...values(parameters))),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    }),
  };
}

/** SQLite's BUSY, LOCKED, READONLY, IOERR, FULL and CANTOPEN (https://sqlite.org/rescode.html). */
const OUTAGES = new Set([5, 6, 8, 10, 13, 14]);

const telling =
  <A, T>(work: (argument: A) => T) =>
  (argument: A): T => {
    try {
      return work(argument);
    } catch (error) {
      // The lowest byte is the primary code, the others say more.
      const { errcode = 0 } = error as { errcode?: number };
      throw OUTAGES.has(errcode & 0xff) ? outage(error) : error;
    }
  };
