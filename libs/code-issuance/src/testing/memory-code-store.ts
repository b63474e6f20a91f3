import { type Clock, systemClock } from '@org/domain';
import type { EnrolmentRecord } from '../enrolment/record.js';
import type { Pace } from '../enrolment/pace.js';
import { GUESSABLE_STATES, type EnrolmentState, isFinal } from '../enrolment/state.js';
import { type Bucket, take } from '../limits/bucket.js';
import type { Ask, AskCaps, CodeStore, EnrolmentQuery, PendingCaps } from '../store/code-store.js';

/** A code store that dies with the process: for tests. */
export class MemoryCodeStore implements CodeStore {
  constructor(private readonly clock: Pick<Clock, 'now'> = systemClock) {}

  /** In the order of insertion. */
  readonly #records = new Map<string, EnrolmentRecord>();
  readonly #buckets = new Map<string, number>();
  readonly #known = new Map<string, number>();
  readonly #asks = new Map<string, Ask>();

  async now(): Promise<number> {
    return this.clock.now();
  }

  async insert(record: EnrolmentRecord, { now, total, ofOrigin }: PendingCaps) {
    if (this.#find((it) => it.codeHash === record.codeHash && !isFinal(it.state))) return 'code_taken';
    const pending = this.#all((it) => GUESSABLE_STATES.includes(it.state) && it.dueAt > now);
    const near = pending.filter(({ originGroup }) => originGroup === record.originGroup);
    if (pending.length >= total || near.length >= ofOrigin) return 'too_many';
    this.#records.set(record.id, record);
    return 'inserted';
  }

  async replace(record: EnrolmentRecord): Promise<boolean> {
    const stored = this.#records.get(record.id);
    if (stored?.version !== record.version - 1) return false;
    this.#records.set(record.id, { ...record, pace: stored.pace });
    return true;
  }

  async notePace(id: string, pace: Pace): Promise<void> {
    const stored = this.#records.get(id);
    if (stored) this.#records.set(id, { ...stored, pace });
  }

  async findById(id: string) {
    return this.#records.get(id);
  }

  async findByCodeHash(codeHash: string) {
    return this.#find((it) => it.codeHash === codeHash);
  }

  async findByPollingHash(pollingHash: string) {
    return this.#find((it) => it.pollingHash === pollingHash);
  }

  async findByTicketHash(ticketHash: string) {
    return this.#find((it) => it.ticket?.hash === ticketHash);
  }

  async list({ domainId, states, offset, limit }: EnrolmentQuery) {
    const all = this.#all((it) => it.domainId === domainId && (states?.includes(it.state) ?? true)).sort(
      (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1),
    );
    return { total: all.length, records: all.slice(offset, offset + limit) };
  }

  async due(now: number, limit: number) {
    const due = this.#all((it) => !isFinal(it.state) && it.dueAt <= now);
    return due.sort((a, b) => a.dueAt - b.dueAt).slice(0, limit);
  }

  async stalledApprovals(now: number, limit: number) {
    const stalled = this.#all((it) => it.state === 'approving' && it.leaseUntil <= now);
    return stalled.sort((a, b) => a.leaseUntil - b.leaseUntil).slice(0, limit);
  }

  async undoDue(limit: number) {
    const due = this.#all((it) => it.undoDue);
    return due.sort((a, b) => a.finishedAt! - b.finishedAt!).slice(0, limit);
  }

  async purge(now: number): Promise<number> {
    const old = this.#all((it) => isFinal(it.state) && it.dueAt <= now && !it.undoDue);
    for (const { id } of old) this.#records.delete(id);
    return old.length;
  }

  async countByState() {
    const counts: Partial<Record<EnrolmentState, number>> = {};
    for (const { state } of this.#all((it) => !isFinal(it.state))) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  async takeAttempt(buckets: readonly Bucket[], now: number) {
    const times = new Map<string, number>();
    for (const bucket of buckets) {
      const taken = take(bucket, this.#buckets.get(bucket.key) ?? 0, now);
      if ('retryAt' in taken) return { key: bucket.key, retryAt: taken.retryAt };
      times.set(bucket.key, taken.busyUntil);
    }
    for (const [key, busyUntil] of times) this.#buckets.set(key, busyUntil);
    return undefined;
  }

  async giveAttemptBack(buckets: readonly Bucket[]): Promise<void> {
    for (const { key, intervalMs } of buckets)
      this.#buckets.set(key, (this.#buckets.get(key) ?? 0) - intervalMs);
  }

  async noteKnown(operatorHash: string, until: number): Promise<void> {
    this.#known.set(operatorHash, Math.max(until, this.#known.get(operatorHash) ?? 0));
  }

  async isKnown(operatorHash: string, now: number): Promise<boolean> {
    return (this.#known.get(operatorHash) ?? 0) > now;
  }

  async purgeAttempts(now: number): Promise<void> {
    for (const times of [this.#buckets, this.#known])
      for (const [key, time] of times) if (time <= now) times.delete(key);
  }

  async noteAsked(ask: Ask, { since, total, ofAddress }: AskCaps): Promise<boolean> {
    const key = `${ask.codeHash} ${ask.address}`;
    if (!this.#asks.has(key)) {
      const recent = [...this.#asks.values()].filter(({ at }) => at >= since);
      const near = recent.filter(({ addressGroup }) => addressGroup === ask.addressGroup);
      if (recent.length >= total || near.length >= ofAddress) return false;
    }
    this.#asks.set(key, ask);
    return true;
  }

  async asksAbout(codeHash: string, since: number): Promise<Ask[]> {
    return [...this.#asks.values()].filter((ask) => ask.codeHash === codeHash && ask.at >= since);
  }

  async purgeAsks(since: number): Promise<void> {
    for (const [key, { at }] of this.#asks) if (at < since) this.#asks.delete(key);
  }

  #all(matches: (record: EnrolmentRecord) => boolean): EnrolmentRecord[] {
    return [...this.#records.values()].filter(matches);
  }

  #find(matches: (record: EnrolmentRecord) => boolean): EnrolmentRecord | undefined {
    return this.#all(matches).at(-1);
  }
}
