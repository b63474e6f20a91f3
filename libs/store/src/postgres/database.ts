import type { Secret } from '@org/domain';
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { outage } from '../outage.js';

/** Connections of one process; replicas share what the server allows. */
const CONNECTIONS = 10;
/** Milliseconds to wait for a connection, and for the answer to a query. */
const TIME_LIMIT_MS = 5_000;
/** PostgreSQL's oid of bigint, which the driver would give as text: our times fit a number until the year 287396. */
const BIGINT = 20;

/** A PostgreSQL database that any number of replicas share. */
export function postgresDialect(url: Secret): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: CONNECTIONS,
    connectionTimeoutMillis: TIME_LIMIT_MS,
    query_timeout: TIME_LIMIT_MS,
    // A replica that freezes half-way must not keep the others from writing to what it has locked.
    idle_in_transaction_session_timeout: TIME_LIMIT_MS,
    types: {
      getTypeParser: (oid, format) => (oid === BIGINT ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  // Idle connections break when the server restarts; the pool replaces them, and the next query tells.
  pool.on('error', () => undefined);
  return new PostgresDialect({ pool: kyselyView(pool) });
}

/** What Kysely expects of a pool, with outages told apart from the rest. */
const kyselyView = (pool: pg.Pool): PostgresPool => ({
  options: pool.options,
  connect: async () =>
    connectionOf(
      await pool.connect().catch((error: unknown) => {
        throw isTrouble(error) ? outage(error) : error;
      }),
    ),
  end: () => pool.end(),
});

/** A connection that did not answer is closed: it may never answer again, and the next caller would wait for it too. */
function connectionOf(client: pg.PoolClient): PostgresPoolClient {
  let lost: Error | undefined;
  // The pool listens only while it is idle, and what nobody listens to ends the process.
  const onError = (error: Error) => (lost = outage(error));
  client.on('error', onError);
  const query = async (sql: string, parameters: unknown[]) => {
    if (lost) throw lost;
    try {
      return await client.query(sql, parameters);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      throw (lost = outage(error));
    }
  };
  return {
    // No cursors, which Kysely would have here too.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => {
      client.off('error', onError);
      client.release(destroy || lost !== undefined);
    },
  };
}

/**
 * Classes of SQLSTATE (PostgreSQL's manual, appendix A) that say nothing against the statement: no connection, not let in,
 * no such database, rolled back for another's sake, out of resources, shut down, trouble with the disk.
 */
const TROUBLE = new Set(['08', '28', '3D', '40', '53', '57', '58']);
/** Likewise: on a replica, or too long idle in a transaction. */
const TROUBLES = new Set(['25006', '25P03']);

/** Besides what the server says, the driver has only time limits and broken connections to report. */
function isTrouble(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return !(error instanceof TypeError);
  const { code = '' } = error;
  return TROUBLE.has(code.slice(0, 2)) || TROUBLES.has(code);
}
