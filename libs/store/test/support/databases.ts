import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@org/domain';
import pg from 'pg';
import { openStore, type Store } from '../../src/index.js';

const folders: string[] = [];

/** A path for a SQLite file in a folder of its own, until `removeFiles`. */
export function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'provision-store-'));
  folders.push(folder);
  return join(folder, 'state.db');
}

export const removeFiles = (): void =>
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true }));

/** An empty database in the server that all tests share. */
export async function newPostgresUrl(): Promise<Secret> {
  const server = process.env.PROVISION_TEST_POSTGRES!;
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return new Secret(`${server}/${name}`);
}

export const newKey = (): Secret => new Secret(randomBytes(32).toString('hex'));

/** An empty store of each kind. */
export const databases: [name: string, open: () => Promise<Store>][] = [
  ['SQLite', () => openStore({ path: newPath(), key: undefined })],
  ['PostgreSQL', async () => openStore({ url: await newPostgresUrl(), path: '', key: newKey() })],
];

/** Stores that share a database in PostgreSQL: a new one, unless said otherwise. */
export async function openReplicas(count: number, database?: Secret): Promise<Store[]> {
  const options = { url: database ?? (await newPostgresUrl()), path: '', key: newKey() };
  return Promise.all(Array.from({ length: count }, () => openStore(options)));
}
