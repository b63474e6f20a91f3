import type { Remnant, Remnants, RemnantsQuery, RunRemnants } from '@org/provisioning';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { RemnantsTable, Schema } from '../schema.js';
import type { Write } from '../sqlite/group-commit.js';
import type { DatabaseTime } from '../time/database-time.js';

type Row = Selectable<RemnantsTable>;

/** The record of remnants in a database; the same queries for every dialect. */
export class SqlRemnants implements Remnants {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly write: Write<Schema>,
    private readonly now: DatabaseTime,
  ) {}

  async record(
    run: Pick<RunRemnants, 'runId' | 'domainId' | 'externalId'>,
    found: readonly Remnant[],
  ): Promise<readonly Remnant[]> {
    for (;;) {
      const row = await this.#find(run.runId);
      const known = row ? (JSON.parse(row.items) as Remnant[]) : [];
      const fresh = found.filter((one) => !known.some((other) => isSame(one, other)));
      if (fresh.length === 0) return fresh;
      const all = [...known, ...fresh];
      // A caller that finds the record changed meanwhile has to read it again.
      if (await (row ? this.#replace(row, all) : this.#insert(run, all))) return fresh;
    }
  }

  #find(runId: string): Promise<Row | undefined> {
    return this.db.selectFrom('remnants').selectAll().where('run_id', '=', runId).executeTakeFirst();
  }

  async #insert(
    { runId, domainId, externalId }: Pick<RunRemnants, 'runId' | 'domainId' | 'externalId'>,
    items: readonly Remnant[],
  ): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.write((db) =>
      db
        .insertInto('remnants')
        .values({
          run_id: runId,
          domain_id: domainId,
          external_id: externalId,
          found_at: this.now(),
          ...itemsOf(items),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow(),
    );
    return numInsertedOrUpdatedRows === 1n;
  }

  async #replace({ run_id, items: before }: Row, items: readonly Remnant[]): Promise<boolean> {
    const { numUpdatedRows } = await this.write((db) =>
      db
        .updateTable('remnants')
        .set(itemsOf(items))
        .where('run_id', '=', run_id)
        .where('items', '=', before)
        .executeTakeFirstOrThrow(),
    );
    return numUpdatedRows === 1n;
  }

  async list({ domainId, offset, limit, acknowledged }: RemnantsQuery) {
    const wanted = this.db
      .selectFrom('remnants')
      .where('domain_id', '=', domainId)
      .$if(!acknowledged, (query) => query.where('acknowledged_at', 'is', null));
    const { total } = await wanted.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow();
    const rows = await wanted
      .selectAll()
      .orderBy('found_at')
      .orderBy('run_id')
      .limit(limit)
      .offset(offset)
      .execute();
    return { total: Number(total), runs: rows.map(remnantsOf) };
  }

  async acknowledge({ domainId, runId, by }: { domainId: string; runId: string; by: string }) {
    const row = await this.write((db) =>
      db
        .updateTable('remnants')
        .set({
          acknowledged_at: sql<number>`coalesce(acknowledged_at, ${this.now()})`,
          acknowledged_by: sql<string>`coalesce(acknowledged_by, ${by})`,
        })
        .where('run_id', '=', runId)
        .where('domain_id', '=', domainId)
        .returningAll()
        .executeTakeFirst(),
    );
    return row && remnantsOf(row);
  }

  async count(): Promise<number> {
    const { things } = await this.db
      .selectFrom('remnants')
      .select(sql<number>`coalesce(sum(item_count), 0)`.as('things'))
      .where('acknowledged_at', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(things);
  }
}

/** No one has taken note of the new ones. */
const itemsOf = (items: readonly Remnant[]) => ({
  items: JSON.stringify(items),
  item_count: items.length,
  acknowledged_at: null,
  acknowledged_by: null,
});

const isSame = (one: Remnant, other: Remnant): boolean =>
  one.type === other.type && one.id === other.id && (one.id !== '' || one.reason === other.reason);

const remnantsOf = (row: Row): RunRemnants => ({
  runId: row.run_id,
  domainId: row.domain_id,
  externalId: row.external_id,
  foundAt: Number(row.found_at),
  items: JSON.parse(row.items) as Remnant[],
  acknowledged:
    row.acknowledged_at === null || row.acknowledged_by === null
      ? undefined
      : { at: Number(row.acknowledged_at), by: row.acknowledged_by },
});
