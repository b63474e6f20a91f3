import type { Secret } from '@org/domain';
import { PostgresDialect } from 'kysely';
import pg from 'pg';

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
  return new PostgresDialect({ pool });
}
