import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@org/domain';
import pg from 'pg';
import { openStore, type Store, type StoreOptions } from '../../src/index.js';

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
  await withClient(`${server}/postgres`, (client) => client.query(`create database ${name}`));
  return new Secret(`${server}/${name}`);
}

async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return use(client).finally(() => client.end());
}

export const newKey = (): Secret => new Secret(randomBytes(32).toString('hex'));

/** An empty store of each kind. */
export const databases: [name: string, open: () => Promise<Store>][] = [
  ['SQLite', () => openStore({ path: newPath(), key: undefined })],
  ['PostgreSQL', async () => (await openPostgres()).store],
];

interface Database {
  readonly url: Secret;
  readonly key: Secret;
  /** By table, as JSON: what migrations and a first start leave. */
  readonly rows: ReadonlyMap<string, string>;
}

export interface OpenPostgres {
  /** Closing it hands its database, emptied, to the next. */
  readonly store: Store;
  /** Of its database, for replicas. */
  readonly options: StoreOptions & { readonly url: Secret };
}

/**
 * Opens stores that are empty, in databases that went through `prepare`. A database is used again once its store is
 * closed: to make one and its tables costs a quarter of a second of CPU, to empty it a hundredth.
 */
export function postgresOpener(prepare?: (url: Secret) => Promise<void>): () => Promise<OpenPostgres> {
  const spare: Database[] = [];
  return async () => {
    const database = spare.pop() ?? (await newDatabase(prepare));
    const options = { url: database.url, key: database.key, path: '' };
    const store = await openStore(options);
    const close = async () => {
      await store.close();
      await empty(database);
      spare.push(database);
    };
    return { store: { ...store, close }, options };
  };
}

export const openPostgres = postgresOpener();

/** Stores that share a database in PostgreSQL. */
export async function openReplicas(count: number): Promise<Store[]> {
  const { store, options } = await openPostgres();
  const others = Array.from({ length: count - 1 }, () => openStore(options));
  return [store, ...(await Promise.all(others))];
}

async function newDatabase(prepare?: (url: Secret) => Promise<void>): Promise<Database> {
  const [url, key] = [await newPostgresUrl(), newKey()];
  await prepare?.(url);
  await (await openStore({ url, path: '', key })).close();
  return { url, key, rows: await withClient(url.reveal(), rowsOf) };
}

async function rowsOf(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const tables = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  );
  const rows = new Map<string, string>();
  for (const { name } of tables.rows) {
    const all = await client.query<{ rows: string }>(
      `select coalesce(json_agg(t), '[]')::text as rows from ${name} t`,
    );
    rows.set(name, all.rows[0]!.rows);
  }
  return rows;
}

const empty = ({ url, rows }: Database): Promise<void> =>
  withClient(url.reveal(), async (client) => {
    // Of what refers to what, no check.
    await client.query('set session_replication_role = replica');
    await client.query([...rows.keys()].map((table) => `delete from ${table}`).join(';'));
    // Or the next test reads past all that was there.
    await client.query(`vacuum ${[...rows.keys()].join(', ')}`);
    for (const [table, first] of rows)
      if (first !== '[]')
        await client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
          first,
        ]);
  });
