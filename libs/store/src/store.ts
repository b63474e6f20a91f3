import type { CodeStore } from '@org/code-issuance';
import { type Clock, ProvisionError, type Secret, systemClock } from '@org/domain';
import type { MachineStore } from '@org/enrolment';
import type { CertificateStore } from '@org/pki';
import type { RunJournal, Remnants } from '@org/provisioning';
import { Kysely, sql } from 'kysely';
import { AuthorityRecord } from './authority/authority-record.js';
import { SqlCertificateStore } from './certificates/sql-certificate-store.js';
import { SqlCodeStore } from './codes/sql-code-store.js';
import { SqlJournal } from './journal/sql-journal.js';
import { SqlMachineStore } from './machines/sql-machine-store.js';
import { type Migrated, missingFrom } from './migrations/applied.js';
import { MIGRATIONS } from './migrations/index.js';
import { SqlRemnants } from './remnants/sql-remnants.js';
import { DatabaseActivity } from './database-activity.js';
import type { Schema } from './schema.js';
import { isOutage } from './outage.js';
import { migratingDialect, postgresDialect } from './postgres/database.js';
import { migratePostgres, type Say } from './postgres/migrate.js';
import { changeStateKey, hasDataKey, openDataKey } from './seal/data-key.js';
import { deriveKey } from './seal/derive-key.js';
import { keyFromFile, parseStateKey } from './seal/key-file.js';
import { SealedValues } from './seal/sealed-values.js';
import { Sealer } from './seal/sealer.js';
import { commitEach, groupCommit } from './sqlite/group-commit.js';
import { openSqlite } from './sqlite/database.js';
import { migrateSqlite } from './sqlite/migrate.js';
import { followClock } from './time/database-clock.js';
import { postgresTime, sqliteTime, timeOf } from './time/database-time.js';

export interface StoreOptions {
  /** A `postgres://` URL; the SQLite file is used when undefined. */
  readonly url?: Secret | undefined;
  /** SQLite file; made if it is not there. */
  readonly path: string;
  /**
   * 32 bytes as hex or base64, the same for all that share a database; a file `<path>.key` is made and used
   * when undefined.
   */
  readonly key: Secret | undefined;
  /** The machine's clock. */
  readonly clock?: Clock;
  /** Told why opening takes long. */
  readonly say?: Say | undefined;
}

export interface Store {
  readonly journal: RunJournal;
  readonly remnants: Remnants;
  readonly certificates: CertificateStore;
  readonly codes: CodeStore;
  readonly machines: MachineStore;
  /** What the database knows of the installation's authority. */
  readonly authority: AuthorityRecord;
  readonly sealedValues: SealedValues;
  /** The time of day for all who share the database: for what they keep there, and for what they decide by it. */
  readonly clock: Clock;
  /** For the hashes in `codes`: 32 bytes, the same for all that share a database. */
  readonly hashKey: Uint8Array;
  /** For metrics. */
  readonly activity: Readonly<DatabaseActivity>;
  /** What the database takes up on its disk: the longer to find out the more tables and files it has. */
  sizeBytes(): Promise<number>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the state of a service and brings its schema up to date.
 *
 * What its parts give throws ProvisionError ambiguous `database_unavailable` while the database does not answer.
 *
 * @throws ProvisionError invalid: `state_path_invalid`, `state_file_exposed`, `state_key_invalid`, `state_key_exposed`, `state_key_missing`,
 * `state_key_wrong`, `database_url_invalid`, `schema_too_new`, `schema_unknown`; unavailable `database_unavailable`,
 * `schema_locked`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, clock: local = systemClock } = options;
  const activity = new DatabaseActivity();
  const db = await openDatabase(options, activity);
  try {
    await bringUpToDate(db, options);
    const dataKey = await openDataKey(db, await stateKeyOf(db, options));
    const sealer = new Sealer(dataKey);
    const now = url ? postgresTime : sqliteTime(local);
    const write = url ? commitEach(db) : groupCommit(db);
    const sealedValues = new SealedValues(db, sealer);
    const { clock, stop } = url
      ? await followClock(local, () => timeOf(db, now))
      : { clock: local, stop: () => undefined };
    return {
      journal: new SqlJournal(db, write, sealer, now),
      remnants: new SqlRemnants(db, write, now),
      certificates: new SqlCertificateStore(db),
      codes: new SqlCodeStore(db, write, sealer, now),
      machines: new SqlMachineStore(db, write, sealer),
      authority: new AuthorityRecord(sealedValues),
      sealedValues,
      clock,
      hashKey: deriveKey(dataKey, 'code hashes'),
      activity,
      sizeBytes: () => sizeBytes(db, url !== undefined),
      ping: async () => void (await sql`select 1`.execute(db)),
      async close() {
        stop();
        await db.destroy();
      },
    };
  } catch (error) {
    await db.destroy();
    return cannotOpen(error);
  }
}

/**
 * Has another state key open a database from now on, see `changeStateKey`.
 *
 * @param to 32 bytes as hex or base64
 * @throws ProvisionError as `openStore`; conflict `state_key_contended`
 */
export async function rekeyStore(options: StoreOptions, to: Secret): Promise<void> {
  const next = configuredKey(to);
  const db = await openDatabase(options);
  try {
    await bringUpToDate(db, options);
    await changeStateKey(db, { from: await stateKeyOf(db, options), to: next });
  } catch (error) {
    cannotOpen(error);
  } finally {
    await db.destroy();
  }
}

async function openDatabase(
  { url, path, key }: StoreOptions,
  activity = new DatabaseActivity(),
): Promise<Kysely<Schema>> {
  // Before anything is written.
  if (key) configuredKey(key);
  return new Kysely<Schema>({
    dialect: url ? postgresDialect(url, activity) : await openSqlite(path, activity).catch(cannotOpen),
  });
}

/** A process that starts on a database that is up to date asks for no lock. */
async function bringUpToDate(
  db: Kysely<Schema>,
  { url, say = () => undefined }: StoreOptions,
): Promise<void> {
  const migrated = db as unknown as Migrated;
  if ((await missingFrom(migrated, MIGRATIONS)).length === 0) return;
  if (!url) return migrateSqlite(migrated, MIGRATIONS);
  const patient: Migrated = new Kysely({ dialect: migratingDialect(url) });
  await migratePostgres(patient, MIGRATIONS, say).finally(() => patient.destroy());
}

/** Its file is made with the database: one made later would open nothing. */
const stateKeyOf = async (db: Kysely<Schema>, { path, key }: StoreOptions): Promise<Buffer> =>
  key ? configuredKey(key) : keyFromFile(`${path}.key`, { mayMake: !(await hasDataKey(db)) });

async function sizeBytes(db: Kysely<Schema>, isPostgres: boolean): Promise<number> {
  const size = isPostgres
    ? sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`
    : sql<{
        bytes: number;
      }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`;
  return (await size.execute(db)).rows[0]!.bytes;
}

/** Who starts a service may know what the database said. */
function cannotOpen(error: unknown): never {
  if (!isOutage(error)) throw error;
  const { message, code } = (error as Error).cause as NodeJS.ErrnoException;
  throw new ProvisionError({
    kind: 'unavailable',
    code: 'database_unavailable',
    // Where every address of a name was tried, there is a code only.
    message: `the database cannot be opened: ${message || code}`,
    cause: error,
  });
}

function configuredKey(key: Secret): Buffer {
  const parsed = parseStateKey(key.reveal());
  if (parsed) return parsed;
  const message = 'the state key must be 32 bytes as hex or base64; make one with: openssl rand -hex 32';
  throw new ProvisionError({ kind: 'invalid', code: 'state_key_invalid', message });
}
