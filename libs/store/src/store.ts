import { ProvisionError, type Secret } from '@org/domain';
import type { CertificateStore } from '@org/pki';
import type { Journal } from '@org/provisioning';
import { Kysely, sql } from 'kysely';
import { SqlCertificateStore } from './certificates/sql-certificate-store.js';
import { SqlJournal } from './journal/sql-journal.js';
import { migrate } from './migrations/index.js';
import type { Schema } from './schema.js';
import { postgresDialect } from './postgres/database.js';
import { keyFromFile, parseStateKey } from './seal/key-file.js';
import { Sealer } from './seal/sealer.js';
import { commitEach, groupCommit } from './sqlite/group-commit.js';
import { sqliteDialect } from './sqlite/database.js';

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
}

export interface Store {
  readonly journal: Journal;
  readonly certificates: CertificateStore;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the state of a service and brings its schema up to date.
 *
 * @throws ProvisionError `invalid` for a key that cannot be used; what the file system says for a bad path
 */
export async function openStore({ url, path, key }: StoreOptions): Promise<Store> {
  const sealer = new Sealer(key ? configuredKey(key) : keyFromFile(`${path}.key`));
  const db = new Kysely<Schema>({ dialect: url ? postgresDialect(url) : sqliteDialect(path) });
  await migrate(db);
  return {
    journal: new SqlJournal(db, url ? commitEach(db) : groupCommit(db), sealer),
    certificates: new SqlCertificateStore(db),
    ping: async () => void (await sql`select 1`.execute(db)),
    close: () => db.destroy(),
  };
}

function configuredKey(key: Secret): Buffer {
  const parsed = parseStateKey(key.reveal());
  if (parsed) return parsed;
  const message = 'the state key must be 32 bytes as hex or base64; make one with: openssl rand -hex 32';
  throw new ProvisionError({ kind: 'invalid', code: 'state_key_invalid', message });
}
