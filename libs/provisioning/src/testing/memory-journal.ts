import type {
  Begun,
  Claim,
  Found,
  Journal,
  Leftover,
  NewRemoval,
  NewRun,
  Postponed,
  Run,
  RunState,
  UnfinishedRemoval,
} from '../journal/journal.js';
import type { ProvisionResult } from '../saga/result.js';

interface Row {
  run: NewRun;
  state: RunState;
  owner: string | undefined;
  leaseUntil: number;
  nextAttemptAt: number;
  attempts: number;
  leftovers: readonly Leftover[];
  result?: ProvisionResult;
  keepUntil: number;
}

/** A journal that dies with the process: for tests. */
export class MemoryJournal implements Journal {
  readonly #rows = new Map<string, Row>();

  async begin(run: NewRun): Promise<Begun> {
    const found = this.#begun(run);
    if (found) return found;
    this.#insert(run, 'running');
    return { outcome: 'started' };
  }

  async find({ domainId, key }: { domainId: string; key: string }): Promise<Found> {
    const same = this.#withKey(domainId, key);
    if (same?.result) return { outcome: 'done', result: same.result };
    return { outcome: same ? 'in_progress' : 'unknown' };
  }

  #withKey(domainId: string, key: string | undefined): Row | undefined {
    return [...this.#rows.values()].find(
      ({ run }) => key !== undefined && run.idempotency?.key === key && run.plan.domainId === domainId,
    );
  }

  async beginRemoval(removal: NewRemoval): Promise<Run | undefined> {
    const { plan, callerToken, owner, now, leaseUntil } = removal;
    const found = this.#rows.get(plan.runId);
    if (!found) return runOf(this.#insert({ ...removal, idempotency: undefined }, 'removing'));
    if (found.leaseUntil > now) return undefined;
    return runOf(Object.assign(found, { owner, leaseUntil, run: { ...found.run, callerToken } }));
  }

  #insert(run: NewRun, state: RunState): Row {
    const { owner, leaseUntil } = run;
    const fresh = { nextAttemptAt: 0, attempts: 0, leftovers: [], keepUntil: 0 };
    const row = { ...fresh, run, state, owner, leaseUntil };
    this.#rows.set(run.plan.runId, row);
    return row;
  }

  #begun({ plan, idempotency }: NewRun): Begun | undefined {
    const rows = [...this.#rows.values()];
    const same = this.#withKey(plan.domainId, idempotency?.key);
    if (same && same.run.idempotency?.body !== idempotency?.body) return { outcome: 'key_reused' };
    if (same?.result) return { outcome: 'replay', result: same.result };
    if (same?.state === 'running') return { outcome: 'key_in_progress' };
    const busy = rows.find(
      ({ run, state }) => state === 'running' && run.plan.externalId === plan.externalId,
    );
    if (!busy) return undefined;
    const { domainId, runId } = busy.run.plan;
    return { outcome: 'external_id_busy', runId: domainId === plan.domainId ? runId : undefined };
  }

  async complete(
    runId: string,
    { result, keepUntil }: { result: ProvisionResult; keepUntil: number },
  ): Promise<void> {
    const row = this.#rows.get(runId);
    if (!row?.run.idempotency) this.#rows.delete(runId);
    else Object.assign(row, { state: 'done', result, keepUntil, owner: undefined });
  }

  async postpone(runId: string, postponed: Postponed): Promise<void> {
    const row = this.#rows.get(runId)!;
    Object.assign(row, postponed, {
      owner: undefined,
      leaseUntil: 0,
      run: { ...row.run, idempotency: undefined },
    });
  }

  async forget(runId: string): Promise<void> {
    this.#rows.delete(runId);
  }

  async claim({ owner, now, leaseUntil, limit }: Claim): Promise<Run[]> {
    const due = [...this.#rows.values()].filter(
      (row) => row.state !== 'done' && row.leaseUntil <= now && row.nextAttemptAt <= now,
    );
    return due.slice(0, limit).map((row) => runOf(Object.assign(row, { owner, leaseUntil })));
  }

  async renew(runIds: readonly string[], leaseUntil: number): Promise<void> {
    for (const id of runIds) Object.assign(this.#rows.get(id) ?? {}, { leaseUntil });
  }

  async release(owner: string): Promise<void> {
    for (const row of this.#rows.values()) if (row.owner === owner) row.leaseUntil = 0;
  }

  async unfinished(query: { domainId: string; offset: number; limit: number }) {
    const all = [...this.#rows.values()].filter(
      ({ run, leftovers }) => leftovers.length > 0 && run.plan.domainId === query.domainId,
    );
    const runs = all
      .slice(query.offset, query.offset + query.limit)
      .map(({ run: { plan, now }, attempts, nextAttemptAt, leftovers }): UnfinishedRemoval => {
        const { runId, domainId, externalId, name } = plan;
        return {
          runId,
          domainId,
          externalId,
          name,
          startedAt: now,
          attempts,
          nextAttemptAt,
          items: leftovers,
        };
      });
    return { total: all.length, runs };
  }

  async counts() {
    const rows = [...this.#rows.values()];
    const count = (state: RunState) => rows.filter((row) => row.state === state).length;
    const leftovers = rows.reduce((sum, row) => sum + row.leftovers.length, 0);
    return { running: count('running'), removing: count('removing'), settling: count('settling'), leftovers };
  }

  async purge(now: number): Promise<void> {
    for (const [id, row] of this.#rows)
      if (row.state === 'done' && row.keepUntil <= now) this.#rows.delete(id);
  }
}

function runOf({ run: { plan, callerToken, idempotency }, state, attempts }: Row): Run {
  return { plan, callerToken, state, attempts, hasIdempotencyKey: idempotency !== undefined };
}
