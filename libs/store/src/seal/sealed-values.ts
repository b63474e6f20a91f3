import type { Kysely } from 'kysely';
import type { Schema } from '../schema.js';
import type { Sealer } from './sealer.js';

/** A value as it was read. */
interface SealedValue {
  readonly text: string;
  /** Differs each time that the value is written. */
  readonly version: string;
}

interface SealedValueChange {
  readonly text: string;
  /** What it takes the place of; undefined: nothing is there yet. */
  readonly replaces?: Pick<SealedValue, 'version'> | undefined;
  /** Milliseconds since 1970; from then on it may be cleared away. Default: never. */
  readonly expiresAt?: number;
}

/** Named values of an installation, sealed, so that who can write to the database can neither read nor make one. */
export class SealedValues {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly sealer: Sealer,
  ) {}

  /** @throws ProvisionError internal `state_key_mismatch` for what was not sealed here */
  async get(name: string): Promise<SealedValue | undefined> {
    const version = await storedValue(this.db, name);
    return version === undefined ? undefined : { text: this.sealer.open(version, contextOf(name)), version };
  }

  /** @returns false, and changes nothing, when another value is there than the one to be replaced */
  put(name: string, { text, replaces, expiresAt }: SealedValueChange): Promise<boolean> {
    const value = this.sealer.seal(text, contextOf(name));
    return storeValue(this.db, { name, value, expires_at: expiresAt ?? null }, replaces?.version);
  }

  /** @param now milliseconds since 1970 */
  async clearExpired(now: number): Promise<void> {
    await this.db.deleteFrom('sealed_values').where('expires_at', '<=', now).execute();
  }
}

/** A value sealed for one name does not open under another. */
const contextOf = (name: string): string => `value ${name}`;

export async function storedValue(db: Kysely<Schema>, name: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('sealed_values')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value;
}

/** Of several that store at the same time, one succeeds. */
export async function storeValue(
  db: Kysely<Schema>,
  row: Schema['sealed_values'],
  before: string | undefined,
): Promise<boolean> {
  if (before === undefined) {
    const insert = db.insertInto('sealed_values').values(row);
    const first = insert.onConflict((conflict) => conflict.column('name').doNothing());
    return (await first.executeTakeFirstOrThrow()).numInsertedOrUpdatedRows === 1n;
  }
  const update = db.updateTable('sealed_values').set(row).where('name', '=', row.name);
  return (await update.where('value', '=', before).executeTakeFirstOrThrow()).numUpdatedRows === 1n;
}
