import type {
  Admission,
  Ask,
  AskAdmission,
  Bucket,
  CodeStore,
  EnrolmentQuery,
  EnrolmentRecord,
  Insertion,
  Noting,
  Pace,
  PendingQuery,
} from '@org/code-issuance';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { EnrolmentsTable, Schema } from '../schema.js';
import type { Sealer } from '../seal/sealer.js';
import type { Write } from '../sqlite/group-commit.js';
import { type DatabaseTime, timeOf } from '../time/database-time.js';
import { oneTransaction } from '../transaction.js';
import { asksAbout, noteAsked } from './asks.js';
import { giveAttemptBack, purgeAttempts, takeAttempt } from './attempts.js';
import { drop, insert, waiting } from './pending.js';
import { paceRowOf, recordOf, rowOf } from './rows.js';
import { FINAL, isLive, LIVE } from './states.js';

/** Enrolments and attempts in a database; the same queries for every dialect. */
export class SqlCodeStore implements CodeStore {
  constructor(
    private readonly db: Kysely<Schema>,
    private readonly write: Write<Schema>,
    private readonly sealer: Sealer,
    private readonly time: DatabaseTime,
  ) {}

  now(): Promise<number> {
    return timeOf(this.db, this.time);
  }

  insert(record: EnrolmentRecord, admission: Admission): Promise<Insertion> {
    return this.write((within) =>
      oneTransaction(within, (db) => insert(db, this.sealer, { record, admission })),
    );
  }

  async listPending({ offset, limit, ...which }: PendingQuery) {
    const count = waiting(this.db, which).select(({ fn }) => fn.countAll<number>().as('total'));
    const page = waiting(this.db, which).selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
    const { total } = await count.executeTakeFirstOrThrow();
    return { total, records: this.#all(await page.limit(limit).offset(offset).execute()) };
  }

  dropPending(which: { readonly ids: readonly string[] } | { readonly network: string }): Promise<number> {
    if ('ids' in which && which.ids.length === 0) return Promise.resolve(0);
    return this.write((within) => oneTransaction(within, (db) => drop(db, which)));
  }

  async replace(record: EnrolmentRecord): Promise<boolean> {
    const row = rowOf(record, this.sealer);
    const replaced = await this.write((db) =>
      db
        .updateTable('enrolments')
        .set(row)
        .where('id', '=', record.id)
        .where('version', '=', record.version - 1)
        .executeTakeFirstOrThrow(),
    );
    return replaced.numUpdatedRows === 1n;
  }

  async notePace(id: string, pace: Pace): Promise<void> {
    await this.write((db) =>
      db.updateTable('enrolments').set(paceRowOf(pace)).where('id', '=', id).execute(),
    );
  }

  async findById(id: string) {
    return this.#first(await this.#enrolments().where('id', '=', id).execute());
  }

  async findByCodeHash(codeHash: string) {
    // The one in use came last, whatever the clocks of replicas say.
    const latest = this.#enrolments().where('code_hash', '=', codeHash).orderBy(isLive, 'desc');
    return this.#first(await latest.orderBy('created_at', 'desc').limit(1).execute());
  }

  async findByPollingHash(pollingHash: string) {
    return this.#first(await this.#enrolments().where('polling_hash', '=', pollingHash).execute());
  }

  async findByTicketHash(ticketHash: string) {
    return this.#first(await this.#enrolments().where('ticket_hash', '=', ticketHash).execute());
  }

  async list({ domainId, states, offset, limit }: EnrolmentQuery) {
    if (states?.length === 0) return { total: 0, records: [] };
    let wanted = this.db.selectFrom('enrolments').where('domain_id', '=', domainId);
    if (states) wanted = wanted.where('state', 'in', states);
    const count = wanted.select(({ fn }) => fn.countAll<number>().as('total'));
    const page = wanted.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
    const { total } = await count.executeTakeFirstOrThrow();
    return { total, records: this.#all(await page.limit(limit).offset(offset).execute()) };
  }

  async due(now: number, limit: number) {
    const due = this.#enrolments().where('state', 'in', LIVE).where('due_at', '<=', now);
    return this.#all(await due.orderBy('due_at').limit(limit).execute());
  }

  async stalledApprovals(now: number, limit: number) {
    const stalled = this.#enrolments().where('state', '=', 'approving').where('lease_until', '<=', now);
    return this.#all(await stalled.orderBy('lease_until').limit(limit).execute());
  }

  async undoDue(limit: number) {
    // Written out, as the index has it.
    const due = this.#enrolments().where('undo_due', '=', sql.lit(1));
    return this.#all(await due.orderBy('finished_at').limit(limit).execute());
  }

  async purge(now: number): Promise<number> {
    const { numDeletedRows } = await this.write((db) =>
      db
        .deleteFrom('enrolments')
        .where('state', 'in', FINAL)
        .where('due_at', '<=', now)
        .where('undo_due', '=', 0)
        .executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  }

  async countByState() {
    const counts = await this.db
      .selectFrom('enrolments')
      .select(['state', ({ fn }) => fn.countAll<number>().as('count')])
      .where('state', 'in', LIVE)
      .groupBy('state')
      .execute();
    return Object.fromEntries(counts.map(({ state, count }) => [state, count]));
  }

  takeAttempt(buckets: readonly Bucket[], now: number) {
    return takeAttempt(this.db, this.write, { buckets, now });
  }

  giveAttemptBack(buckets: readonly Bucket[]): Promise<void> {
    return giveAttemptBack(this.write, buckets);
  }

  async noteKnown(operatorHash: string, until: number): Promise<void> {
    const row = { operator_hash: operatorHash, known_until: until };
    await this.write((db) =>
      db
        .insertInto('known_operators')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('operator_hash')
            .doUpdateSet(row)
            .where(({ eb, ref }) => eb('known_operators.known_until', '<', ref('excluded.known_until'))),
        )
        .execute(),
    );
  }

  async isKnown(operatorHash: string, now: number): Promise<boolean> {
    const known = this.db.selectFrom('known_operators').select('known_until');
    const row = await known.where('operator_hash', '=', operatorHash).executeTakeFirst();
    return row !== undefined && row.known_until > now;
  }

  purgeAttempts(now: number): Promise<void> {
    return purgeAttempts(this.db, this.write, now);
  }

  noteAsked(ask: Ask, admission: AskAdmission): Promise<Noting> {
    return this.write((within) => oneTransaction(within, (db) => noteAsked(db, ask, admission)));
  }

  asksAbout(codeHash: string, since: number): Promise<Ask[]> {
    return asksAbout(this.db, codeHash, since);
  }

  async purgeAsks(since: number): Promise<void> {
    await this.write((db) => db.deleteFrom('code_asks').where('asked_at', '<', since).execute());
  }

  #enrolments() {
    return this.db.selectFrom('enrolments').selectAll();
  }

  #first([row]: readonly Selectable<EnrolmentsTable>[]): EnrolmentRecord | undefined {
    return row && recordOf(row, this.sealer);
  }

  #all(rows: readonly Selectable<EnrolmentsTable>[]): EnrolmentRecord[] {
    return rows.map((row) => recordOf(row, this.sealer));
  }
}
