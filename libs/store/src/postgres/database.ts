import type { Secret } from '@org/domain';
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { DatabaseActivity } from '../database-activity.js';
import { type HostList, hostsOf } from './host-list.js';
import { connect, createPool, type HostClient } from './pool.js';

/** Connections of one process; replicas share what the server allows. */
const CONNECTIONS = 10;
/** Milliseconds to wait for the answer to a query. */
const TIME_LIMIT_MS = 5_000;
/** The same for a transaction that is not gone on with, while the schema is changed: whole tables wait for it. */
const MIGRATION_IDLE_MS = 60_000;

/** A PostgreSQL database that any number of replicas share. @throws ProvisionError invalid `database_url_invalid` */
export const postgresDialect = (url: Secret, activity = new DatabaseActivity()): PostgresDialect =>
  dialectOf(hostsOf(url), activity, {
    max: CONNECTIONS,
    query_timeout: TIME_LIMIT_MS,
    // A replica that freezes midway must not keep the others from writing to what it has locked.
    idle_in_transaction_session_timeout: TIME_LIMIT_MS,
  });

/** The same for changes of the schema, which take as long as they take. One connection. */
export const migratingDialect = (url: Secret): PostgresDialect =>
  dialectOf(hostsOf(url), new DatabaseActivity(), {
    max: 1,
    keepAlive: true,
    idle_in_transaction_session_timeout: MIGRATION_IDLE_MS,
  });

function dialectOf(
  hosts: HostList,
  activity: DatabaseActivity,
  options: Readonly<pg.PoolConfig>,
): PostgresDialect {
  const pool = createPool(hosts, options);
  activity.pool = pool;
  return new PostgresDialect({ pool: kyselyView(pool, hosts, activity) });
}

/** What Kysely expects of a pool, with outages told apart from the rest. */
const kyselyView = (pool: pg.Pool, hosts: HostList, activity: DatabaseActivity): PostgresPool => ({
  options: pool.options,
  connect: async () => {
    const client = await connect(pool, hosts).catch((error: unknown) => {
      throw isTrouble(error) ? activity.outage(error) : error;
    });
    return connectionOf(client, hosts, activity);
  },
  end: () => pool.end(),
});

/** A connection that did not answer is closed: it may never answer again, and the next caller would wait for it too. */
function connectionOf(client: HostClient, hosts: HostList, activity: DatabaseActivity): PostgresPoolClient {
  let lost: Error | undefined;
  // The pool listens only while it is idle, and what no one listens to ends the process.
  const onError = (error: Error) => (lost = activity.outage(error));
  client.on('error', onError);
  const query = async (sql: string, parameters: unknown[]) => {
    if (lost) throw lost;
    try {
      return await client.query(sql, parameters);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (codeOf(error) === READ_ONLY) hosts.failed(client.url);
      throw (lost = activity.outage(error));
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
/** On a standby. */
const READ_ONLY = '25006';
/** Likewise: on a standby, or too long idle in a transaction. */
const TROUBLES = new Set([READ_ONLY, '25P03']);

/** Besides what the server says, the driver has only time limits and broken connections to report. */
function isTrouble(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return !(error instanceof TypeError);
  const code = codeOf(error) ?? '';
  return TROUBLE.has(code.slice(0, 2)) || TROUBLES.has(code);
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;
