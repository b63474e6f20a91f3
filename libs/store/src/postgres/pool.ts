import pg from 'pg';
import type { HostList } from './host-list.js';

/** Milliseconds to wait for a connection. */
const CONNECT_MS = 5_000;
/** PostgreSQL's oid of bigint, which the driver would give as text: our times fit a number until the year 287396. */
const BIGINT = 20;

/** A connection, which knows where it leads. */
export type HostClient = pg.PoolClient & { readonly url: string };

/** A pool whose connections lead to the host of the list that is in use when they are made. */
export function createPool(hosts: HostList, options: Readonly<pg.PoolConfig>): pg.Pool {
  class Client extends pg.Client {
    readonly url: string;

    constructor(config: pg.ClientConfig) {
      const url = hosts.current;
      super({ ...config, connectionString: url });
      this.url = url;
    }
  }
  const pool = new pg.Pool({
    application_name: 'provision',
    connectionTimeoutMillis: CONNECT_MS,
    types: {
      getTypeParser: (oid, format) => (oid === BIGINT ? Number : pg.types.getTypeParser(oid, format)),
    },
    ...(hosts.readWrite && { onConnect: assertWritable }),
    ...options,
    // Its type says that it is made without options.
    Client: Client as unknown as new () => pg.ClientBase,
  });
  // Idle connections break when the server restarts; the pool replaces them, and the next query tells.
  pool.on('error', () => undefined);
  return pool;
}

async function assertWritable(client: pg.ClientBase): Promise<void> {
  const asked = `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as refuses`;
  const { rows } = await client.query<{ refuses: boolean }>(asked);
  if (rows[0]!.refuses) throw new Error('it takes no writes: it is a standby, or read-only');
}

/**
 * A connection to the host in use: where that does not answer or takes no writes, to the next one, and so on once round.
 *
 * @throws what the only host said, or an Error that says it of each
 */
export async function connect(pool: pg.Pool, hosts: HostList): Promise<HostClient> {
  const said: string[] = [];
  for (;;) {
    const wanted = hosts.current;
    try {
      const client = (await pool.connect()) as HostClient;
      if (client.url === hosts.current) return client;
      // It was made before the hosts changed their roles.
      client.release(true);
    } catch (error) {
      if (hosts.length === 1) throw error;
      hosts.failed(wanted);
      const { message, code } = error as NodeJS.ErrnoException;
      said.push(`${new URL(wanted).host}: ${message || code}`);
      if (said.length === hosts.length) throw new Error(said.join('; '), { cause: error });
    }
  }
}
