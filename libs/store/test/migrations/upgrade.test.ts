import { afterAll, describe, expect, it } from '@jest/globals';
import { sampleMachine } from '@org/enrolment/testing';
import { type Secret, systemClock } from '@org/domain';
import { journalContract } from '@org/provisioning/testing';
import { Kysely } from 'kysely';
import { openStore } from '../../src/index.js';
import type { Migrated } from '../../src/migrations/applied.js';
import { MIGRATIONS } from '../../src/migrations/index.js';
import type { Migration } from '../../src/migrations/migration.js';
import { migratingDialect } from '../../src/postgres/database.js';
import { migratePostgres } from '../../src/postgres/migrate.js';
import { openSqlite } from '../../src/sqlite/database.js';
import { migrateSqlite } from '../../src/sqlite/migrate.js';
import { newKey, newPath, newPostgresUrl, postgresOpener, removeFiles } from '../support/databases.js';
import { letPass } from '../support/time.js';

afterAll(removeFiles);

/** What a later version may do while this one runs: it adds. */
const ADDING: Record<string, Migration> = {
  '2999-01-01-more': {
    async up(db) {
      await db.schema
        .alterTable('runs')
        .addColumn('priority', 'integer', (it) => it.notNull().defaultTo(0))
        .execute();
      await db.schema.alterTable('machines').addColumn('label', 'text').execute();
      await db.schema.createTable('labels').addColumn('name', 'text').execute();
    },
  },
  '2999-01-02-found-by-label': {
    indexes: (schema) => [schema.createIndex('machines_label').on('machines').column('label')],
  },
};
const THIS_VERSION = Object.keys(MIGRATIONS).sort().at(-1)!;
const takingAway = (oldestApp: string): Record<string, Migration> => ({
  '2999-02-01-less': {
    oldestApp,
    async up(db) {
      await db.schema.alterTable('runs').dropColumn('leftover_count').execute();
    },
  },
});

async function upgradePostgres(url: Secret, later: Record<string, Migration>): Promise<void> {
  const db: Migrated = new Kysely({ dialect: migratingDialect(url) });
  await migratePostgres(db, { ...MIGRATIONS, ...later }, () => undefined).finally(() => db.destroy());
}

async function upgradeFile(path: string, later: Record<string, Migration>): Promise<void> {
  const db: Migrated = new Kysely({ dialect: await openSqlite(path) });
  await migrateSqlite(db, { ...MIGRATIONS, ...later }).finally(() => db.destroy());
}

describe('an app on a schema that a later version has added to', () => {
  const openUpgraded = postgresOpener((url) => upgradePostgres(url, ADDING));
  journalContract('PostgreSQL, upgraded', async () => {
    const { store, options } = await openUpgraded();
    return { journal: store.journal, advance: (ms) => letPass(options.url, ms), close: () => store.close() };
  });

  journalContract('SQLite, upgraded', async () => {
    const path = newPath();
    await upgradeFile(path, ADDING);
    let passed = 0;
    const clock = { ...systemClock, now: () => Date.now() + passed };
    const store = await openStore({ path, key: undefined, clock });
    return { journal: store.journal, advance: (ms) => void (passed += ms), close: () => store.close() };
  });

  it('goes on while that happens, and starts again afterwards', async () => {
    const options = { url: await newPostgresUrl(), path: '', key: newKey() };
    const running = await openStore(options);
    await upgradePostgres(options.url, ADDING);
    expect(await running.machines.insert(sampleMachine())).toBe(true);
    const restarted = await openStore(options);
    expect(await restarted.machines.countByState()).toEqual({ active: 1 });
    await Promise.all([running.close(), restarted.close()]);
  });
});

describe('an app on a schema that a later version has taken something away from', () => {
  it('starts as long as the schema says that it may', async () => {
    const path = newPath();
    await upgradeFile(path, takingAway(THIS_VERSION));
    const store = await openStore({ path, key: undefined });
    await store.close();
  });

  it.each(['PostgreSQL', 'SQLite'])('is told what to do where it may not (%s)', async (kind) => {
    const [url, path] = kind === 'SQLite' ? [undefined, newPath()] : [await newPostgresUrl(), ''];
    const later = { ...ADDING, ...takingAway('2999-01-01-more') };
    await (url ? upgradePostgres(url, later) : upgradeFile(path, later));
    await expect(openStore({ url, path, key: newKey() })).rejects.toMatchObject({
      kind: 'invalid',
      code: 'schema_too_new',
      message: expect.stringContaining(`2999-01-01-more or later; this app has ${THIS_VERSION}`),
    });
  });
});
