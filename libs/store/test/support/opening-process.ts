import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a store as soon as it is told to on stdin, and says that it has. Where told, the process kills itself right
 * before the nth change of the schema.
 */
async function open(path: string, deathAt: number): Promise<void> {
  // As it is built: node by itself does not run what is in src.
  const { openStore } = await import('../../dist/index.js');
  const prepare = DatabaseSync.prototype.prepare;
  let changes = 0;
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    if (/^(create|insert)/i.test(sql) && ++changes === deathAt) process.kill(process.pid, 'SIGKILL');
    return prepare.call(this, sql, ...rest);
  };
  console.log('ready');
  await once(process.stdin, 'data');
  const store = await openStore({ path, key: undefined });
  await store.ping();
  console.log('opened', Buffer.from(store.hashKey).toString('hex'));
  await store.close();
  process.exit();
}

if (import.meta.main) await open(process.argv[2]!, Number(process.argv[3]));
