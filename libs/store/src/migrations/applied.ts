import type { Kysely } from 'kysely';
import type { Migration, Migrations } from './migration.js';
import { missing } from './versions.js';

interface MigratedSchema {
  schema_migrations: { readonly name: string; readonly oldest_app: string };
}

/** A database of which nothing is known but which migrations it has had. */
export type Migrated = Kysely<MigratedSchema>;

/**
 * What a database still has to go through.
 *
 * @throws ProvisionError invalid `schema_too_new`, `schema_unknown`
 */
export async function missingFrom(db: Migrated, migrations: Migrations): Promise<readonly string[]> {
  const all = db.selectFrom('schema_migrations').selectAll().execute();
  const rows = await all.catch((error: unknown) => {
    if (isNoTable(error)) return [];
    throw error;
  });
  const applied = rows.map(({ name, oldest_app }) => ({ name, oldestApp: oldest_app }));
  return missing(Object.keys(migrations).sort(), applied);
}

const isNoTable = (error: unknown): boolean =>
  (error as { code?: unknown }).code === '42P01' || /^no such table/.test((error as Error).message);

export const createTable = (db: Migrated): Promise<void> =>
  db.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('oldest_app', 'text', (column) => column.notNull())
    .execute();

export async function record(db: Migrated, name: string, migration: Migration): Promise<void> {
  const oldest_app = ('up' in migration && migration.oldestApp) || '';
  await db.insertInto('schema_migrations').values({ name, oldest_app }).execute();
}
