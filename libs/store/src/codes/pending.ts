import type { Admission, EnrolmentRecord, Insertion, PendingQuery } from '@org/code-issuance';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.js';
import type { Sealer } from '../seal/sealer.js';
import { lockUntilEnd } from '../mutex.js';
import { type Newcomer, type Queue, crowdOf, isWithin, roomFor } from './room.js';
import { paceRowOf, rowOf } from './rows.js';
import { isGuessable, isLive } from './states.js';

/** Adds an enrolment if there is room for it; to be called within a transaction. */
export async function insert(
  db: Kysely<Schema>,
  sealer: Sealer,
  { record, admission }: { readonly record: EnrolmentRecord; readonly admission: Admission },
): Promise<Insertion> {
  const { now } = admission;
  await lockUntilEnd(db, 'pending enrolments');
  const replaced = await othersOf(db, record);
  const newcomer = {
    path: record.originPath,
    caps: admission.caps,
    replaces: replaced.filter(({ due_at }) => due_at > now).map(({ origin_path }) => origin_path),
  };
  const queue = queueAt(now);
  const crowd = await crowdOf(db, queue, newcomer);
  const { crowded } = admission;
  const codeHash = crowded && crowd.overAll >= crowded.from ? crowded.codeHash : record.codeHash;
  const taken = db.selectFrom('enrolments').select('id').where('code_hash', '=', codeHash).where(isLive);
  if (await taken.executeTakeFirst()) return { outcome: 'code_taken' };
  const room = await makeRoom(db, { now, queue, newcomer, key: record.keyFingerprint });
  if ('full' in room) return { outcome: 'full', level: room.full };
  for (const { id } of replaced) await pendingOnes(db).where('id', '=', id).execute();
  const row = { ...rowOf({ ...record, codeHash }, sealer), ...paceRowOf(record.pace) };
  await db.insertInto('enrolments').values(row).execute();
  return { outcome: 'inserted', codeHash, displaced: room.displaced };
}

const queueAt = (now: number): Queue => ({
  counted: sql`enrolments where ${isGuessable} and due_at > ${now}`,
  displaceable: sql`enrolments where state = 'pending' and due_at > ${now}`,
  path: 'origin_path',
  end: 'due_at',
});

/** Those whose place the record takes: as a rule one or none. */
async function othersOf(db: Kysely<Schema>, { keyFingerprint }: EnrolmentRecord) {
  if (keyFingerprint === undefined) return [];
  const others = db.selectFrom('enrolments').select(['id', 'origin_path', 'due_at']);
  // Written out, as the index has it.
  return others
    .where('state', '=', sql.lit('pending'))
    .where('key_fingerprint', '=', keyFingerprint)
    .execute();
}

interface Crowding {
  readonly now: number;
  readonly queue: Queue;
  readonly newcomer: Newcomer;
  /** Whose rows do not count, as they are replaced. */
  readonly key: string | undefined;
}

async function makeRoom(db: Kysely<Schema>, { now, queue, newcomer, key }: Crowding) {
  for (;;) {
    const room = await roomFor(db, queue, newcomer);
    if ('full' in room) return room;
    if (room.displace === undefined) return { displaced: undefined };
    const displaced = await displace(db, room.displace, { now, key });
    if (displaced) return { displaced: { ...displaced, level: room.level } };
    // Someone has begun to approve it: it stays, and another makes room.
  }
}

const pendingOnes = (db: Kysely<Schema>) => db.deleteFrom('enrolments').where('state', '=', 'pending');

/** @param key whose rows do not count, as they are replaced */
async function displace(
  db: Kysely<Schema>,
  path: string,
  { now, key }: { readonly now: number; readonly key: string | undefined },
) {
  const first = db
    .selectFrom('enrolments')
    .select('id')
    .where('state', '=', 'pending')
    .where('origin_path', '=', path)
    .where('due_at', '>', now)
    .where(sql<boolean>`key_fingerprint is distinct from ${key ?? null}`)
    .orderBy('due_at')
    .limit(1);
  return pendingOnes(db).where('id', '=', first).returning('origin').executeTakeFirst();
}

/** Those that wait, of a network. */
export const waiting = (db: Kysely<Schema>, { now, network }: Pick<PendingQuery, 'now' | 'network'>) =>
  db
    .selectFrom('enrolments')
    .where('state', '=', 'pending')
    .where('due_at', '>', now)
    .where(isWithin('origin_path', network));

/** To be called within a transaction. */
export async function drop(
  db: Kysely<Schema>,
  which: { readonly ids: readonly string[] } | { readonly network: string },
): Promise<number> {
  // An insert removes some, too: not in a circle.
  await lockUntilEnd(db, 'pending enrolments');
  const those =
    'ids' in which
      ? pendingOnes(db).where('id', 'in', which.ids)
      : pendingOnes(db).where(isWithin('origin_path', which.network));
  return Number((await those.executeTakeFirstOrThrow()).numDeletedRows);
}
