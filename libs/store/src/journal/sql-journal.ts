import { type Lease, Secret, leaseLost } from '@org/domain';
import type {
  BeginOutcome,
  Claim,
  Found,
  RunJournal,
  Leftover,
  NewRemoval,
  NewRun,
  Plan,
  Postponed,
  ProvisionResult,
  Run,
  UnfinishedRemoval,
} from '@org/provisioning';
import {
  type Expression,
  type ExpressionBuilder,
  type InsertObject,
  type Kysely,
  type Selectable,
  type SqlBool,
  sql,
} from 'kysely';
import { expectOne, isOf, type LeaseClaim, Leases, NO_LEASE } from '../lease/leases.js';
import type { RunsTable, Schema } from '../schema.js';
import type { Sealer } from '../seal/sealer.js';
import type { Write } from '../sqlite/group-commit.js';
import type { DatabaseTime } from '../time/database-time.js';

type Row = Selectable<RunsTable>;
/** What a run or a removal is to do. */
type Intent = Pick<
  Row,
  | 'run_id'
  | 'domain_id'
  | 'external_id'
  | 'name'
  | 'plan'
  | 'caller_token'
  | 'idempotency_key'
  | 'request_hash'
>;

/** What a run is at its beginning. */
const NEW = {
  state: 'running',
  next_attempt_at: 0,
  attempts: 0,
  result: null,
  keep_until: 0,
  leftovers: '[]',
  leftover_count: 0,
} as const;

/** Whom an answer is for: with it go the gateway's secrets. */
const ANSWERED = ['run_id', 'domain_id', 'idempotency_key', 'request_hash'] as const;
const resultOf = (run: Pick<Row, (typeof ANSWERED)[number]>): string =>
  `result ${JSON.stringify(ANSWERED.map((column) => run[column]))}`;

/** All states but `done`. */
const UNFINISHED = ['running', 'removing', 'settling'] as const;

/** The journal in a database; the same queries for every dialect. */
export class SqlJournal implements RunJournal {
  readonly #leases: Leases;

  constructor(
    private readonly db: Kysely<Schema>,
    private readonly write: Write<Schema>,
    private readonly sealer: Sealer,
    private readonly now: DatabaseTime,
  ) {
    this.#leases = new Leases('runs', now);
  }

  async begin(run: NewRun): Promise<BeginOutcome> {
    const intent = this.#intentOf(run);
    for (;;) {
      // The unique indexes decide which of many wins; only losers have to ask why.
      const inserted = await this.write((db) =>
        db
          .insertInto('runs')
          .values(this.#rowOf(intent, run))
          .onConflict((conflict) => conflict.doNothing())
          .returning(['run_id', 'owner', 'fencing_token'])
          .executeTakeFirst(),
      );
      if (inserted) return { outcome: 'started', lease: leaseOf(inserted) };
      const reason = await this.#whyNot(intent);
      if (reason) return reason;
    }
  }

  async find({ domainId, key }: { domainId: string; key: string }): Promise<Found> {
    const same = await this.#withKey(domainId, this.sealer.fingerprint(key));
    if (same?.result) return { outcome: 'done', result: this.#open(same.result, resultOf(same)) };
    return { outcome: same ? 'in_progress' : 'unknown' };
  }

  async isBeingRemoved({ domainId, externalId }: { domainId: string; externalId: string }): Promise<boolean> {
    const run = await this.db
      .selectFrom('runs')
      .select('run_id')
      .where('domain_id', '=', domainId)
      .where('external_id', '=', externalId)
      .where('state', 'in', ['removing', 'settling'])
      .executeTakeFirst();
    return run !== undefined;
  }

  #withKey(domainId: string, fingerprint: string) {
    return this.db
      .selectFrom('runs')
      .select([...ANSWERED, 'result'])
      .where('domain_id', '=', domainId)
      .where('idempotency_key', '=', fingerprint)
      .executeTakeFirst();
  }

  async beginRemoval(removal: NewRemoval): Promise<Run | undefined> {
    const intent = this.#intentOf({ ...removal, idempotency: undefined });
    const { caller_token } = intent;
    const held = await this.write((db) =>
      db
        .insertInto('runs')
        .values({ ...this.#rowOf(intent, removal), state: 'removing' })
        .onConflict((conflict) =>
          conflict
            .column('run_id')
            .doUpdateSet({ ...this.#leases.claimed(removal), caller_token })
            .where(this.#leases.isOver()),
        )
        .returningAll()
        .executeTakeFirst(),
    );
    return held && this.#run(held);
  }

  #intentOf({ plan, callerToken, idempotency }: Omit<NewRun, keyof LeaseClaim>): Intent {
    const { runId, domainId, externalId, name } = plan;
    return {
      run_id: runId,
      domain_id: domainId,
      external_id: externalId,
      name,
      plan: this.sealer.seal(JSON.stringify(plan), `plan ${runId}`),
      caller_token: callerToken ? this.sealer.seal(callerToken.reveal(), `token ${runId}`) : null,
      idempotency_key: idempotency ? this.sealer.fingerprint(idempotency.key) : null,
      request_hash: idempotency ? this.sealer.fingerprint(idempotency.body) : null,
    };
  }

  #rowOf(intent: Intent, claim: LeaseClaim): InsertObject<Schema, 'runs'> {
    return {
      ...intent,
      ...NEW,
      ...this.#leases.first(claim),
      started_at: this.now(),
    };
  }

  async #whyNot(row: Intent): Promise<BeginOutcome | undefined> {
    if (row.idempotency_key) {
      const same = await this.#withKey(row.domain_id, row.idempotency_key);
      if (same && same.request_hash !== row.request_hash) return { outcome: 'key_reused' };
      if (same?.result) return { outcome: 'replay', result: this.#open(same.result, resultOf(same)) };
      if (same) return { outcome: 'key_in_progress' };
    }
    const busy = await this.db
      .selectFrom('runs')
      .select(['run_id', 'domain_id'])
      .where('external_id', '=', row.external_id)
      .where('state', '=', 'running')
      .executeTakeFirst();
    if (!busy) return undefined;
    const runId = busy.domain_id === row.domain_id ? busy.run_id : undefined;
    return { outcome: 'external_id_busy', runId };
  }

  complete(lease: Lease, { result, keepMs }: { result: ProvisionResult; keepMs: number }): Promise<void> {
    return this.write(async (db) => {
      const held = db.selectFrom('runs').select(ANSWERED).where('run_id', '=', lease.id).where(isOf(lease));
      const run = await held.executeTakeFirst();
      if (!run) throw leaseLost();
      if (run.idempotency_key === null) return forget(db, lease);
      const { numUpdatedRows } = await db
        .updateTable('runs')
        .set({
          ...NO_LEASE,
          state: 'done',
          result: this.sealer.seal(JSON.stringify(result), resultOf(run)),
          keep_until: this.#leases.in(keepMs),
          plan: '',
          caller_token: null,
        })
        .where('run_id', '=', lease.id)
        .where(isOf(lease))
        .executeTakeFirstOrThrow();
      expectOne(numUpdatedRows);
    });
  }

  async postpone(lease: Lease, { state, leftovers, delayMs, attempts }: Postponed): Promise<void> {
    const { numUpdatedRows } = await this.write((db) =>
      db
        .updateTable('runs')
        .set({
          ...NO_LEASE,
          state,
          leftovers: JSON.stringify(leftovers),
          leftover_count: leftovers.filter(isLeft).length,
          next_attempt_at: this.#leases.in(delayMs),
          attempts,
          // It failed: the same key may be tried again.
          idempotency_key: null,
          request_hash: null,
        })
        .where('run_id', '=', lease.id)
        .where(isOf(lease))
        .executeTakeFirstOrThrow(),
    );
    expectOne(numUpdatedRows);
  }

  forget(lease: Lease): Promise<void> {
    return this.write((db) => forget(db, lease));
  }

  async claim({ limit, ...claim }: Claim): Promise<Run[]> {
    const due = this.db
      .selectFrom('runs')
      .select('run_id')
      .where('state', 'in', UNFINISHED)
      .where(this.#leases.isOver())
      .where('next_attempt_at', '<=', this.now())
      .orderBy(sql`state = 'settling'`)
      .orderBy('started_at')
      .limit(limit);
    const rows = await this.db
      .updateTable('runs')
      .set(this.#leases.claimed(claim))
      .where('run_id', 'in', due)
      // Again, for a claimer who waited for another's claim of the same rows.
      .where(this.#leases.isOver())
      .returningAll()
      .execute();
    return rows.map((row) => this.#run(row));
  }

  #run(row: Row): Run {
    return {
      plan: this.#open<Plan>(row.plan, `plan ${row.run_id}`),
      callerToken: row.caller_token
        ? new Secret(this.sealer.open(row.caller_token, `token ${row.run_id}`))
        : undefined,
      lease: leaseOf(row),
      state: row.state,
      attempts: row.attempts,
      leftovers: JSON.parse(row.leftovers) as Leftover[],
      hasIdempotencyKey: row.idempotency_key !== null,
    };
  }

  async renew(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    const renewed = await this.db
      .updateTable('runs')
      .set({ lease_until: this.#leases.in(leaseMs) })
      .where(isAnyOf(leases))
      .returning(['run_id', 'fencing_token'])
      .execute();
    const tokens = new Map(renewed.map(({ run_id, fencing_token }) => [run_id, fencing_token]));
    return leases.filter(({ id, fencingToken }) => tokens.get(id) === fencingToken);
  }

  async end(leases: readonly Lease[]): Promise<void> {
    await this.db.updateTable('runs').set({ lease_until: 0 }).where(isAnyOf(leases)).execute();
  }

  async unfinished({ domainId, offset, limit }: { domainId: string; offset: number; limit: number }) {
    const wanted = this.db
      .selectFrom('runs')
      .where('domain_id', '=', domainId)
      .where('leftover_count', '>', 0);
    const { total } = await wanted.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow();
    const rows = await wanted
      .selectAll()
      .orderBy('started_at')
      .orderBy('run_id')
      .limit(limit)
      .offset(offset)
      .execute();
    return { total: Number(total), runs: rows.map(unfinishedOf) };
  }

  async counts() {
    const rows = await this.db
      .selectFrom('runs')
      .select(['state', sql<number>`count(*)`.as('runs'), sql<number>`sum(leftover_count)`.as('leftovers')])
      .where('state', 'in', UNFINISHED)
      .groupBy('state')
      .execute();
    const count = (state: Row['state']) => Number(rows.find((row) => row.state === state)?.runs ?? 0);
    const leftovers = rows.reduce((sum, row) => sum + Number(row.leftovers), 0);
    return { running: count('running'), removing: count('removing'), settling: count('settling'), leftovers };
  }

  async purge(): Promise<void> {
    await this.db
      .deleteFrom('runs')
      // Only what is done has such a time; said so, it is found by the index for it.
      .where('keep_until', '>', sql.lit(0))
      .where('keep_until', '<=', this.now())
      .execute();
  }

  #open<T>(sealed: string, context: string): T {
    return JSON.parse(this.sealer.open(sealed, context)) as T;
  }
}

const isAnyOf =
  (leases: readonly Lease[]) =>
  (eb: ExpressionBuilder<Schema, 'runs'>): Expression<SqlBool> =>
    eb.or(leases.map((lease) => eb.and([eb('run_id', '=', lease.id), isOf(lease)])));

async function forget(db: Kysely<Schema>, lease: Lease): Promise<void> {
  const held = db.deleteFrom('runs').where('run_id', '=', lease.id).where(isOf(lease));
  expectOne((await held.executeTakeFirstOrThrow()).numDeletedRows);
}

/** Remnants have a record of their own. */
const isLeft = ({ isRemnant }: Leftover): boolean => !isRemnant;

const leaseOf = ({
  run_id,
  owner,
  fencing_token,
}: Pick<Row, 'run_id' | 'owner' | 'fencing_token'>): Lease => ({
  id: run_id,
  owner: owner!,
  fencingToken: fencing_token,
});

function unfinishedOf(row: Row): UnfinishedRemoval {
  return {
    runId: row.run_id,
    domainId: row.domain_id,
    externalId: row.external_id,
    name: row.name,
    startedAt: Number(row.started_at),
    attempts: row.attempts,
    nextAttemptAt: Number(row.next_attempt_at),
    items: (JSON.parse(row.leftovers) as Leftover[]).filter(isLeft),
  };
}
