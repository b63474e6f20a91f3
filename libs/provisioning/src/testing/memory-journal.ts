import { type Clock, type Lease, leaseLost, systemClock } from '@org/domain';
import type {
  BeginOutcome,
  Claim,
  Found,
  RunJournal,
  NewRemoval,
  NewRun,
  Postponed,
  Run,
  RunState,
  UnfinishedRemoval,
} from '../journal/journal.js';
import type { Leftover } from '../journal/leftover.js';
import type { ProvisionResult } from '../saga/result.js';
import { isRemnant } from '../saga/sort-out.js';

interface Row {
  run: NewRun;
  state: RunState;
  startedAt: number;
  owner: string | undefined;
  fencingToken: number;
  leaseUntil: number;
  nextAttemptAt: number;
  attempts: number;
  leftovers: readonly Leftover[];
  result?: ProvisionResult;
  keepUntil: number;
}

/** A journal that dies with the process: for tests. */
export class MemoryJournal implements RunJournal {
  readonly #rows = new Map<string, Row>();
  #claims = 0;

  constructor(private readonly clock: Pick<Clock, 'now'> = systemClock) {}

  async begin(run: NewRun): Promise<BeginOutcome> {
    const found = this.#begun(run);
    if (found) return found;
    return { outcome: 'started', lease: leaseOf(this.#insert(run, 'running')) };
  }

  async find({ domainId, key }: { domainId: string; key: string }): Promise<Found> {
    const same = this.#withKey(domainId, key);
    if (same?.result) return { outcome: 'done', result: same.result };
    return { outcome: same ? 'in_progress' : 'unknown' };
  }

  async isBeingRemoved({ domainId, externalId }: { domainId: string; externalId: string }): Promise<boolean> {
    return [...this.#rows.values()].some(
      ({ run, state }) =>
        run.plan.domainId === domainId &&
        run.plan.externalId === externalId &&
        (state === 'removing' || state === 'settling'),
    );
  }

  #withKey(domainId: string, key: string | undefined): Row | undefined {
    return [...this.#rows.values()].find(
      ({ run }) => key !== undefined && run.idempotency?.key === key && run.plan.domainId === domainId,
    );
  }

  async beginRemoval(removal: NewRemoval): Promise<Run | undefined> {
    const { plan, callerToken } = removal;
    const found = this.#rows.get(plan.runId);
    if (!found) return runOf(this.#insert({ ...removal, idempotency: undefined }, 'removing'));
    if (found.leaseUntil > this.clock.now()) return undefined;
    found.run = { ...found.run, callerToken };
    return runOf(this.#claimed(found, removal));
  }

  #insert(run: NewRun, state: RunState): Row {
    const now = this.clock.now();
    const fresh = { leaseUntil: 0, nextAttemptAt: 0, attempts: 0, leftovers: [], keepUntil: 0 };
    const row = { ...fresh, run, state, startedAt: now, owner: undefined, fencingToken: 0 };
    this.#rows.set(run.plan.runId, row);
    return this.#claimed(row, run);
  }

  #claimed(row: Row, { owner, leaseMs }: Pick<Claim, 'owner' | 'leaseMs'>): Row {
    this.#claims += 1;
    const leaseUntil = this.clock.now() + leaseMs;
    return Object.assign(row, { owner, leaseUntil, fencingToken: this.#claims });
  }

  #held({ id, owner, fencingToken }: Lease): Row | undefined {
    const row = this.#rows.get(id);
    return row?.owner === owner && row.fencingToken === fencingToken ? row : undefined;
  }

  #mustHold(lease: Lease): Row {
    const row = this.#held(lease);
    if (!row) throw leaseLost();
    return row;
  }

  #begun({ plan, idempotency }: NewRun): BeginOutcome | undefined {
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
    lease: Lease,
    { result, keepMs }: { result: ProvisionResult; keepMs: number },
  ): Promise<void> {
    const row = this.#mustHold(lease);
    const keepUntil = this.clock.now() + keepMs;
    if (!row.run.idempotency) this.#rows.delete(lease.id);
    else Object.assign(row, { state: 'done', result, keepUntil, owner: undefined });
  }

  async postpone(lease: Lease, { delayMs, ...postponed }: Postponed): Promise<void> {
    const row = this.#mustHold(lease);
    Object.assign(row, postponed, {
      nextAttemptAt: this.clock.now() + delayMs,
      owner: undefined,
      leaseUntil: 0,
      run: { ...row.run, idempotency: undefined },
    });
  }

  async forget(lease: Lease): Promise<void> {
    this.#mustHold(lease);
    this.#rows.delete(lease.id);
  }

  async claim({ owner, leaseMs, limit }: Claim): Promise<Run[]> {
    const now = this.clock.now();
    const due = [...this.#rows.values()].filter(
      (row) => row.state !== 'done' && row.leaseUntil <= now && row.nextAttemptAt <= now,
    );
    due.sort((a, b) => Number(a.state === 'settling') - Number(b.state === 'settling'));
    return due.slice(0, limit).map((row) => runOf(this.#claimed(row, { owner, leaseMs })));
  }

  async renew(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    const leaseUntil = this.clock.now() + leaseMs;
    return leases.filter((lease) => {
      const row = this.#held(lease);
      return row && Object.assign(row, { leaseUntil });
    });
  }

  async end(leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) Object.assign(this.#held(lease) ?? {}, { leaseUntil: 0 });
  }

  async unfinished(query: { domainId: string; offset: number; limit: number }) {
    const all = [...this.#rows.values()].filter(
      (row) => leftIn(row).length > 0 && row.run.plan.domainId === query.domainId,
    );
    const runs = all.slice(query.offset, query.offset + query.limit).map((row): UnfinishedRemoval => {
      const { startedAt, attempts, nextAttemptAt } = row;
      const { runId, domainId, externalId, name } = row.run.plan;
      return {
        runId,
        domainId,
        externalId,
        name,
        startedAt,
        attempts,
        nextAttemptAt,
        items: leftIn(row),
      };
    });
    return { total: all.length, runs };
  }

  async counts() {
    const rows = [...this.#rows.values()];
    const count = (state: RunState) => rows.filter((row) => row.state === state).length;
    const leftovers = rows.reduce((sum, row) => sum + leftIn(row).length, 0);
    return { running: count('running'), removing: count('removing'), settling: count('settling'), leftovers };
  }

  async purge(): Promise<void> {
    const now = this.clock.now();
    for (const [id, row] of this.#rows)
      if (row.state === 'done' && row.keepUntil <= now) this.#rows.delete(id);
  }
}

const leftIn = ({ leftovers }: Row): readonly Leftover[] => leftovers.filter((it) => !isRemnant(it));

const leaseOf = ({ run, owner, fencingToken }: Row): Lease => ({
  id: run.plan.runId,
  owner: owner!,
  fencingToken,
});

function runOf(row: Row): Run {
  const { plan, callerToken, idempotency } = row.run;
  const { state, attempts, leftovers } = row;
  return {
    plan,
    callerToken,
    lease: leaseOf(row),
    state,
    attempts,
    leftovers,
    hasIdempotencyKey: idempotency !== undefined,
  };
}
