import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Secret } from '@org/domain';
import pg from 'pg';

/** All that a reader of the folder of a SQLite file can find. */
export const dumpOfFolder = (path: string): string =>
  readdirSync(dirname(path))
    .map((name) => readFileSync(join(dirname(path), name), 'latin1'))
    .join('\n');

/** Every row of every table, as text. */
export async function dumpOfServer(url: Secret): Promise<string> {
  const client = new pg.Client({ connectionString: url.reveal() });
  await client.connect();
  const tables = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const rows: string[] = [];
  for (const { name } of tables.rows) {
    const all = await client.query<{ line: string }>(`select t::text as line from ${name} t`);
    rows.push(name, ...all.rows.map(({ line }) => line));
  }
  await client.end();
  return rows.join('\n');
}
