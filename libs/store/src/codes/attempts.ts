import { type Bucket, take } from '@org/code-issuance';
import type { Kysely, Selectable } from 'kysely';
import { inParts } from '../parts.js';
import type { AttemptBucketsTable, Schema } from '../schema.js';
import type { Write } from '../sqlite/group-commit.js';
import { oneTransaction } from '../transaction.js';

type BucketRow = Selectable<AttemptBucketsTable>;

interface Taking {
  readonly buckets: readonly Bucket[];
  readonly now: number;
}

interface Decided {
  readonly full?: { readonly key: string; readonly retryAt: number };
  /** The buckets as they are to be, if none is full. */
  readonly taken: readonly BucketRow[];
}

export async function takeAttempt(db: Kysely<Schema>, write: Write<Schema>, taking: Taking) {
  const keys = taking.buckets.map(({ key }) => key);
  const present = await db.selectFrom('attempt_buckets').selectAll().where('key', 'in', keys).execute();
  // Guesses past a limit cost no write.
  const { full } = decide(taking, present);
  if (full) return full;
  return write((within) =>
    oneTransaction(within, async (transaction) => {
      const decided = decide(taking, await lock(transaction, keys));
      if (!decided.full) await set(transaction, decided.taken);
      return decided.full;
    }),
  );
}

function decide({ buckets, now }: Taking, present: readonly BucketRow[]): Decided {
  const times = new Map(present.map(({ key, busy_until }) => [key, busy_until]));
  const taken: BucketRow[] = [];
  for (const bucket of buckets) {
    const { key } = bucket;
    const outcome = take(bucket, times.get(key) ?? 0, now);
    if ('retryAt' in outcome) return { full: { key, retryAt: outcome.retryAt }, taken: [] };
    taken.push({ key, busy_until: outcome.busyUntil });
  }
  return { taken };
}

/**
 * Keeps others from these buckets until the transaction ends; adds those that are missing, which could not be locked
 * otherwise. All lock in the same order, so that no one waits in a circle. It writes, so a transaction in SQLite starts
 * as a writer.
 */
const lock = (transaction: Kysely<Schema>, keys: readonly string[]): Promise<BucketRow[]> =>
  transaction
    .insertInto('attempt_buckets')
    .values(keys.toSorted().map((key) => ({ key, busy_until: 0 })))
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet(({ ref }) => ({ busy_until: ref('attempt_buckets.busy_until') })),
    )
    .returningAll()
    .execute();

async function set(transaction: Kysely<Schema>, rows: readonly BucketRow[]): Promise<void> {
  await transaction
    .insertInto('attempt_buckets')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet(({ ref }) => ({ busy_until: ref('excluded.busy_until') })),
    )
    .execute();
}

/** One statement; it locks in the order that `lock` does. */
export async function giveAttemptBack(write: Write<Schema>, buckets: readonly Bucket[]): Promise<void> {
  const rows = buckets.map(({ key, intervalMs }) => ({ key, busy_until: -intervalMs }));
  await write((db) =>
    db
      .insertInto('attempt_buckets')
      .values(rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet(({ eb, ref }) => ({
          busy_until: eb('attempt_buckets.busy_until', '+', ref('excluded.busy_until')),
        })),
      )
      .execute(),
  );
}

export async function purgeAttempts(db: Kysely<Schema>, write: Write<Schema>, now: number): Promise<void> {
  const old = await db.selectFrom('attempt_buckets').select('key').where('busy_until', '<=', now).execute();
  const keys = old.map(({ key }) => key).sort();
  for (const part of inParts(keys)) {
    await write((within) =>
      oneTransaction(within, async (transaction) => {
        await lock(transaction, part);
        const idle = transaction.deleteFrom('attempt_buckets').where('key', 'in', part);
        await idle.where('busy_until', '<=', now).execute();
      }),
    );
  }
  await write((within) => within.deleteFrom('known_operators').where('known_until', '<=', now).execute());
}
