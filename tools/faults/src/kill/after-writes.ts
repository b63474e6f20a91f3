/**
 * Loaded into an app with `--import`. Its points are right after writes to SQLite that are durable: before anything that
 * follows a write can happen.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pass } from './point.js';

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
  pass({ name: 'write' });
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
