import type { Ask, AskCaps } from '@org/code-issuance';
import type { Kysely, Selectable } from 'kysely';
import type { CodeAsksTable, Schema } from '../schema.js';

type Row = Selectable<CodeAsksTable>;

/** Adds the entry if the caps leave room; in PostgreSQL, as many may pass them as ask at the same moment. */
export async function noteAsked(db: Kysely<Schema>, ask: Ask, caps: AskCaps): Promise<boolean> {
  const row = rowOf(ask);
  // It writes, so a transaction in SQLite starts as a writer.
  const { numUpdatedRows } = await db
    .updateTable('code_asks')
    .set(row)
    .where('code_hash', '=', ask.codeHash)
    .where('address', '=', ask.address)
    // An older one did not count, so it has to find room.
    .where('asked_at', '>=', caps.since)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return true;
  const { total, near } = await db
    .selectFrom('code_asks')
    .select(({ fn }) => [
      fn.countAll<number>().as('total'),
      fn.countAll<number>().filterWhere('address_group', '=', ask.addressGroup).as('near'),
    ])
    .where('asked_at', '>=', caps.since)
    .executeTakeFirstOrThrow();
  if (total >= caps.total || near >= caps.ofAddress) return false;
  const added = db.insertInto('code_asks').values(row);
  await added.onConflict((conflict) => conflict.columns(['code_hash', 'address']).doUpdateSet(row)).execute();
  return true;
}

export async function asksAbout(db: Kysely<Schema>, codeHash: string, since: number): Promise<Ask[]> {
  const asks = db.selectFrom('code_asks').selectAll().where('code_hash', '=', codeHash);
  return (await asks.where('asked_at', '>=', since).execute()).map(askOf);
}

const rowOf = ({ codeHash, address, addressGroup, at }: Ask): Row => ({
  code_hash: codeHash,
  address,
  address_group: addressGroup,
  asked_at: at,
});

const askOf = ({ code_hash, address, address_group, asked_at }: Row): Ask => ({
  codeHash: code_hash,
  address,
  addressGroup: address_group,
  at: asked_at,
});
