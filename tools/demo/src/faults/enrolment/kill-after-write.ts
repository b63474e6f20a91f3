/**
 * Loaded into an app with `--import`. On SIGUSR2 it reads a number from the file that `KILL_ORDER_FILE` names, removes the
 * file to say so, and then kills its own process right after that many writes to SQLite are durable: before anything that
 * follows a write can happen, which no one could do from outside.
 */
import { readFileSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

let left = Infinity;
const orderFile = process.env['KILL_ORDER_FILE']!;

process.on('SIGUSR2', () => {
  left = Number(readFileSync(orderFile, 'utf8'));
  rmSync(orderFile);
});

const { prepare } = DatabaseSync.prototype;
const writes = new WeakMap<DatabaseSync, number>();

/** Rows that this connection has ever changed. */
const changesOf = (database: DatabaseSync): number =>
  Number(prepare.call(database, 'SELECT total_changes() AS count').get()!['count']);

function noteWrite(database: DatabaseSync): void {
  // What a transaction has changed is durable, and seen by others, when it ends.
  if (database.isTransaction) return;
  const changes = changesOf(database);
  const before = writes.get(database) ?? 0;
  writes.set(database, changes);
  if (changes === before) return;
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}

DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): StatementSync {
  const statement = prepare.call(this, sql);
  for (const name of ['run', 'all', 'get'] as const) {
    const execute = statement[name].bind(statement) as (...parameters: unknown[]) => unknown;
    const noted = (...parameters: unknown[]) => {
      const result = execute(...parameters);
      noteWrite(this);
      return result;
    };
    Object.defineProperty(statement, name, { value: noted });
  }
  return statement;
};
