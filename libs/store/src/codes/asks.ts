import type { Ask, AskAdmission, Noting } from '@org/code-issuance';
import { type Kysely, type Selectable, sql } from 'kysely';
import { lockUntilEnd } from '../mutex.js';
import type { CodeAsksTable, Schema } from '../schema.js';
import { roomFor } from './room.js';

type Row = Selectable<CodeAsksTable>;

/** Refreshes the entry, or adds it if there is room for it; to be called within a transaction. */
export async function noteAsked(db: Kysely<Schema>, ask: Ask, admission: AskAdmission): Promise<Noting> {
  if (await refresh(db, ask, admission.since)) return { outcome: 'noted', displaced: undefined };
  await lockUntilEnd(db, 'asked codes');
  const row = rowOf(ask);
  const room = await roomFor(db, queueOf(ask, admission.since), {
    path: ask.addressPath,
    caps: admission.caps,
  });
  if ('full' in room) return { outcome: 'full', level: room.full };
  const added = db.insertInto('code_asks').values(row);
  await added.onConflict((conflict) => conflict.columns(['code_hash', 'address']).doUpdateSet(row)).execute();
  if (room.displace === undefined) return { outcome: 'noted', displaced: undefined };
  const origin = await displace(db, room.displace, admission.since);
  return { outcome: 'noted', displaced: { origin, level: room.level } };
}

/** It writes, so a transaction in SQLite starts as a writer. */
async function refresh(db: Kysely<Schema>, ask: Ask, since: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('code_asks')
    .set(rowOf(ask))
    .where('code_hash', '=', ask.codeHash)
    .where('address', '=', ask.address)
    // An older one did not count, so it has to find room.
    .where('asked_at', '>=', since)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** All but the entry itself, which may have been added while it waited for its turn. */
function queueOf({ codeHash, address }: Ask, since: number) {
  const others = sql`code_asks where asked_at >= ${since} and not (code_hash = ${codeHash} and address = ${address})`;
  return { counted: others, displaceable: others, path: 'address_path', end: 'asked_at' };
}

async function displace(db: Kysely<Schema>, path: string, since: number): Promise<string> {
  const first = await db
    .selectFrom('code_asks')
    .select(['code_hash', 'address'])
    .where('address_path', '=', path)
    .where('asked_at', '>=', since)
    .orderBy('asked_at')
    .limit(1)
    .executeTakeFirstOrThrow();
  const { code_hash, address } = first;
  await db
    .deleteFrom('code_asks')
    .where('code_hash', '=', code_hash)
    .where('address', '=', address)
    .execute();
  return address;
}

export async function asksAbout(db: Kysely<Schema>, codeHash: string, since: number): Promise<Ask[]> {
  const asks = db.selectFrom('code_asks').selectAll().where('code_hash', '=', codeHash);
  return (await asks.where('asked_at', '>=', since).execute()).map(askOf);
}

const rowOf = ({ codeHash, address, addressPath, at }: Ask): Row => ({
  code_hash: codeHash,
  address,
  address_path: addressPath,
  asked_at: at,
});

const askOf = ({ code_hash, address, address_path, asked_at }: Row): Ask => ({
  codeHash: code_hash,
  address,
  addressPath: address_path,
  at: asked_at,
});
