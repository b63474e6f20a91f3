import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { DatabaseActivity } from '../database-activity.js';
import { assertNotChangeable, assertPrivate } from '../file-modes.js';
import { unusablePath } from '../unusable-path.js';
import { retryWhileBusy } from './retry-while-busy.js';

/**
 * A SQLite file through node's own driver. Only its owner may read it: it holds what recovery needs.
 * A commit survives a power cut (`synchronous = FULL`).
 *
 * @param path of the file, made if it is not there; `:memory:` for none
 * @throws ProvisionError invalid `state_path_invalid`, `state_file_exposed`; ambiguous `database_unavailable`
 */
export async function openSqlite(path: string, activity = new DatabaseActivity()): Promise<Dialect> {
  const database = await open(path);
  return {
    createDriver: () => new PatientDriver(database, activity),
    createAdapter: () => new TransactionalAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

async function open(path: string): Promise<DatabaseSync> {
  try {
    if (path !== ':memory:') make(path);
    const database = new DatabaseSync(path);
    const settings = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;';
    await retryWhileBusy(() => database.exec(settings));
    return database;
  } catch (error) {
    throw unusablePath(path, 'state_path_invalid', error);
  }
}

/** Before SQLite does, for its mode; the files that SQLite puts beside it inherit that. */
function make(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  assertNotChangeable(path, EXPOSED);
  for (const each of [path, `${path}-wal`, `${path}-shm`]) assertPrivate(each, EXPOSED);
}

const EXPOSED = 'state_file_exposed';

class PatientDriver extends SqliteDriver {
  #connection: DatabaseConnection | undefined;

  constructor(
    private readonly database: DatabaseSync,
    private readonly activity: DatabaseActivity,
  ) {
    super({ database: kyselyView(database) });
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return (this.#connection ??= patientConnection(await super.acquireConnection(), this.activity));
  }

  /** As a writer, so that this is where it waits: a reader cannot become one once another process has written. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** A full disk, and other failures of it, make SQLite roll back by itself; another rollback would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Node before 22.16 does not tell.
    if (this.database.isTransaction !== false) await super.rollbackTransaction(connection);
  }
}

const patientConnection = (
  connection: DatabaseConnection,
  activity: DatabaseActivity,
): DatabaseConnection => ({
  executeQuery: (query) => retryWhileBusy(() => connection.executeQuery(query), activity),
  streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
});

/** SQLite does undo changes of the schema, so that a migration happens as a whole or not, and once. Kysely uses it when told. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** What Kysely expects of a driver, in terms of node:sqlite. */
const kyselyView = (database: DatabaseSync): SqliteDatabase => ({
  close: () => database.close(),
  prepare: (sql) => {
    const statement = database.prepare(sql);
    const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...values(parameters)),
      run: (parameters) => statement.run(...values(parameters)),
      iterate: (parameters) => statement.iterate(...values(parameters)),
    };
  },
});
