import { setTimeout } from 'node:timers/promises';
import { ProvisionError } from '@org/domain';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { createTable, type Migrated, missingFrom, record } from '../migrations/applied.js';
import type { Migrations, NewIndex, SchemaChange } from '../migrations/migration.js';

/** Told why it takes long. */
export type Say = (message: string) => void;

/** Of the advisory lock that the one process holds that migrates. Drawn by lot. */
const LOCK = 7_308_551_201;
const LOCK_LOOK_MS = 500;
const SAY_AGAIN_MS = 10_000;
/** Milliseconds that a change waits for the locks of others, while all who come after it wait too; and between two tries. */
const LOCK_TIMEOUT_MS = 1_000;
const PAUSE_MS = 2_000;
/** Milliseconds after which someone has to look. */
const PATIENCE_MS = 600_000;

/**
 * Step by step, each as a whole or not at all; what was cut off is gone on with. Replicas that run go on reading and writing:
 * no change waits in front of them for longer than a second, and indexes are built beside them.
 *
 * @param db without a time limit on queries
 * @throws ProvisionError unavailable `schema_locked`
 */
export const migratePostgres = (db: Migrated, migrations: Migrations, say: Say): Promise<void> =>
  db.connection().execute(async (connection) => {
    await lock(connection, say);
    await createTable(connection);
    for (const name of await missingFrom(connection, migrations)) {
      const migration = migrations[name]!;
      if ('up' in migration) await change(connection, { name, migration, say });
      else {
        say(`building indexes of the database (${name})`);
        for (const index of migration.indexes(connection.schema)) await createConcurrently(connection, index);
        await record(connection, name, migration);
      }
    }
  });

/** Held until the connection ends, also where its process dies. Asked for again and again: waiting in a statement would keep indexes from being built. */
async function lock(connection: Migrated, say: Say): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let toldAt = -SAY_AGAIN_MS; ;) {
    const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_lock(${LOCK}) as held`.execute(
      connection,
    );
    if (rows[0]!.held) return;
    const now = performance.now();
    if (now > deadline) throw schemaLocked('another process has been migrating the database for too long');
    if (now - toldAt >= SAY_AGAIN_MS) {
      say('another process migrates the database; waiting for it');
      toldAt = now;
    }
    await setTimeout(LOCK_LOOK_MS);
  }
}

interface Change {
  readonly name: string;
  readonly migration: SchemaChange;
  readonly say: Say;
}

async function change(connection: Migrated, { name, migration, say }: Change): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await connection.transaction().execute(async (transaction) => {
        await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(transaction);
        await migration.up(transaction as unknown as Kysely<unknown>);
        await record(transaction, name, migration);
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    }
    const why = `${name} waits for a lock on a table${await longestTransaction(connection)}`;
    if (performance.now() > deadline) throw schemaLocked(why);
    say(`${why}; trying again`);
    await setTimeout(PAUSE_MS);
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Most likely the one that holds the lock. */
async function longestTransaction(connection: Migrated): Promise<string> {
  const { rows } = await sql<{ pid: number; app: string; seconds: number }>`
    select pid, application_name as app, extract(epoch from now() - xact_start)::integer as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by xact_start limit 1`.execute(connection);
  const [found] = rows;
  return found
    ? `; the longest transaction is that of process ${found.pid} (${found.app || 'unnamed'}), for ${found.seconds} s`
    : '';
}

async function createConcurrently(connection: Migrated, index: NewIndex): Promise<void> {
  const { name } = index.toOperationNode().name;
  // What an attempt that was cut off left behind: it costs every write, and is of no use.
  const { rows } = await sql<{ valid: boolean }>`
    select indisvalid as valid from pg_index where indexrelid = to_regclass(${name})`.execute(connection);
  if (rows[0]?.valid) return;
  if (rows[0]) await sql`drop index concurrently ${sql.ref(name)}`.execute(connection);
  const text = index.compile().sql.replace(/^create (unique )?index /, 'create $1index concurrently ');
  await connection.executeQuery(CompiledQuery.raw(text));
}

const schemaLocked = (why: string): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'schema_locked',
    message: `the database's schema could not be brought up to date: ${why}`,
  });
