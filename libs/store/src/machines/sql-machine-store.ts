import { COUNTED_AT_MOST } from '@org/domain';
import type { MachinePage, MachineQuery, MachineRecord, MachineStore } from '@org/enrolment';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { MachinesTable, Schema } from '../schema.js';
import type { Sealer } from '../seal/sealer.js';
import type { Write } from '../sqlite/group-commit.js';
import { recordOf, rowOf } from './rows.js';

/** The machines in a database; the same queries for every dialect. */
export class SqlMachineStore implements MachineStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly write: Write<Schema>,
    private readonly sealer: Sealer,
  ) {}

  async insert(record: MachineRecord): Promise<boolean> {
    const inserted = await this.write((db) =>
      db
        .insertInto('machines')
        .values(rowOf(record, this.sealer))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow(),
    );
    return inserted.numInsertedOrUpdatedRows === 1n;
  }

  async replace(record: MachineRecord): Promise<boolean> {
    const replaced = await this.write((db) =>
      db
        .updateTable('machines')
        .set(rowOf(record, this.sealer))
        .where('id', '=', record.id)
        .where('version', '=', record.version - 1)
        .executeTakeFirstOrThrow(),
    );
    return replaced.numUpdatedRows === 1n;
  }

  async find(id: string): Promise<MachineRecord | undefined> {
    const machine = this.db.selectFrom('machines').selectAll().where('id', '=', id);
    const row = await machine.executeTakeFirst();
    return row && recordOf(row, this.sealer);
  }

  async list({ domainId, state, offset, limit, after }: MachineQuery): Promise<MachinePage> {
    let wanted = this.db.selectFrom('machines').where('domain_id', '=', domainId);
    if (state) wanted = wanted.where('state', '=', state);
    const counted = wanted.select('id').limit(COUNTED_AT_MOST).as('counted');
    const { total } = await this.db
      .selectFrom(counted)
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    if (after)
      wanted = wanted.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('enrolled_at', 'id'), '<', tuple(after.at, after.id)),
      );
    const page = wanted.selectAll().orderBy('enrolled_at', 'desc').orderBy('id', 'desc');
    const rows = await page
      .limit(limit + 1)
      .offset(offset)
      .execute();
    const records = this.#all(rows.slice(0, limit));
    const last = records.at(-1);
    return {
      total,
      records,
      ...(last && rows.length > limit && { next: { at: last.enrolledAt, id: last.id } }),
    };
  }

  async removalDue(limit: number): Promise<MachineRecord[]> {
    const machines = this.db.selectFrom('machines').selectAll();
    // Written out, as the index has it.
    const due = machines.where('removal_due', '=', sql.lit(1)).orderBy('revoked_at').limit(limit);
    return this.#all(await due.execute());
  }

  async countByState() {
    const counts = await this.db
      .selectFrom('machines')
      .select(['state', ({ fn }) => fn.countAll<number>().as('count')])
      .groupBy('state')
      .execute();
    return Object.fromEntries(counts.map(({ state, count }) => [state, count]));
  }

  #all(rows: readonly Selectable<MachinesTable>[]): MachineRecord[] {
    return rows.map((row) => recordOf(row, this.sealer));
  }
}
