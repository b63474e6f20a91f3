import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import type { Secret } from '@org/domain';
import { sampleMachine } from '@org/enrolment/testing';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { openStore, type Store } from '../../src/index.js';
import type { Migrated } from '../../src/migrations/applied.js';
import { MIGRATIONS } from '../../src/migrations/index.js';
import type { Migration } from '../../src/migrations/migration.js';
import { migratingDialect } from '../../src/postgres/database.js';
import { migratePostgres } from '../../src/postgres/migrate.js';
import { newKey, newPostgresUrl } from '../support/databases.js';

const NAME = '2999-01-01-next';
const ADD_COLUMN: Migration = {
  up: async (db) => db.schema.alterTable('machines').addColumn('label', 'text').execute(),
};
const ADD_INDEX: Migration = {
  indexes: (schema) => [
    schema.createIndex('machines_name').unique().on('machines').columns(['domain_id', 'name']),
  ],
};

describe('the next version of the schema, beside a replica that runs', () => {
  let url: Secret;
  let replica: Store;
  let other: pg.Client;
  let said: string[];
  const upgrade = async (migration: Migration): Promise<void> => {
    const db: Migrated = new Kysely({ dialect: migratingDialect(url) });
    const migrations = { ...MIGRATIONS, [NAME]: migration };
    await migratePostgres(db, migrations, (message) => said.push(message)).finally(() => db.destroy());
  };
  const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await isSo())) await setTimeout(20);
  };
  const waits = async (query: string): Promise<boolean> => {
    // Within a transaction it would stay what it was.
    await other.query('select pg_stat_clear_snapshot()');
    const asked = `select from pg_stat_activity where wait_event_type = 'Lock' and query ilike $1`;
    return (await other.query(asked, [query])).rowCount! > 0;
  };
  const insert = (name: string) => replica.machines.insert({ ...sampleMachine(), name });

  beforeEach(async () => {
    url = await newPostgresUrl();
    replica = await openStore({ url, path: '', key: newKey() });
    other = new pg.Client({ connectionString: url.reveal(), application_name: 'a report' });
    await other.connect();
    said = [];
  });
  afterEach(async () => {
    await other.end();
    await replica.close();
  });

  it('waits for the locks of others without keeping the replica from working, and says for whom', async () => {
    await other.query('begin');
    await other.query('select count(*) from machines');
    const upgraded = upgrade(ADD_COLUMN);
    await until(() => said.length >= 2);
    // Neither fails, although either may come while the change waits in front of it.
    for (let n = 0; n < 5; n++) {
      expect(await insert(`machine ${n}`)).toBe(true);
      expect(await replica.machines.countByState()).toEqual({ active: n + 1 });
    }
    await other.query('commit');
    await upgraded;
    expect(said[0]).toMatch(
      /^2999-01-01-next waits for a lock on a table; the longest transaction is that of process \d+ \(a report\), for \d+ s; trying again$/,
    );
    expect(await insert('one more')).toBe(true);
  });

  it('may take longer than a query may', async () => {
    await upgrade({
      up: async (db) => {
        await sql`select pg_sleep(6)`.execute(db);
        await ADD_COLUMN.up(db);
      },
    });
    expect(await insert('a machine')).toBe(true);
  });

  it('builds indexes while the replica writes', async () => {
    await other.query('begin');
    await other.query(`update machines set name = name`);
    const upgraded = upgrade(ADD_INDEX);
    await until(() => waits('create unique index concurrently%'));
    expect(await insert('a machine')).toBe(true);
    await other.query('commit');
    await upgraded;
    await expect(insert('a machine')).rejects.toMatchObject({ code: '23505' });
  });

  it('builds an index anew that was cut off', async () => {
    await insert('twice');
    await insert('twice');
    await expect(upgrade(ADD_INDEX)).rejects.toMatchObject({ code: '23505' });
    const valid = `select indisvalid from pg_index where indexrelid = 'machines_name'::regclass`;
    expect((await other.query(valid)).rows).toEqual([{ indisvalid: false }]);
    await other.query(`update machines set name = id`);
    await upgrade(ADD_INDEX);
    expect((await other.query(valid)).rows).toEqual([{ indisvalid: true }]);
  });

  it('is done by one process; another says that it waits, and finds nothing to do', async () => {
    let times = 0;
    const { promise: told, resolve: goOn } = Promise.withResolvers<void>();
    const slow: Migration = {
      up: async (db) => {
        times += 1;
        await told;
        await ADD_COLUMN.up(db);
      },
    };
    const first = upgrade(slow);
    await until(() => times === 1);
    const second = upgrade(slow);
    await until(() => said.length > 0);
    goOn();
    await Promise.all([first, second]);
    expect(said).toEqual(['another process migrates the database; waiting for it']);
    expect(times).toBe(1);
  });

  it('is gone on with where a process died', async () => {
    const dead = new Error('the process died');
    const steps = {
      '2999-01-01-one': ADD_COLUMN,
      '2999-01-02-two': { up: async () => Promise.reject(dead) },
    };
    const db: Migrated = new Kysely({ dialect: migratingDialect(url) });
    await expect(migratePostgres(db, { ...MIGRATIONS, ...steps }, () => undefined)).rejects.toBe(dead);
    await db.destroy();
    const again: Migrated = new Kysely({ dialect: migratingDialect(url) });
    await migratePostgres(again, { ...MIGRATIONS, ...steps, '2999-01-02-two': ADD_INDEX }, () => undefined);
    await again.destroy();
    expect(await insert('a machine')).toBe(true);
  });
});
