import { type Clock, type EnrolmentState, systemClock } from '@org/domain';
import type { EnrolmentRecord } from '../enrolment/record.js';
import type { Pace } from '../enrolment/pace.js';
import { GUESSABLE_STATES, isFinal } from '../enrolment/state.js';
import { cappedNetworks } from '../limits/address-path.js';
import { type Bucket, take } from '../limits/bucket.js';
import { type CapLevel, type Caps, fullNetwork, whoMakesRoom } from '../limits/room.js';
import type {
  Admission,
  Ask,
  AskAdmission,
  CodeStore,
  Displaced,
  EnrolmentQuery,
  Insertion,
  Noting,
  PendingQuery,
} from '../store/code-store.js';

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

  async insert(asked: EnrolmentRecord, { now, caps, crowded }: Admission): Promise<Insertion> {
    const replaced = this.#all((it) => it.state === 'pending' && isOfKey(it, asked.keyFingerprint));
    const others = this.#all(
      (it) => GUESSABLE_STATES.includes(it.state) && it.dueAt > now && !replaced.includes(it),
    );
    const codeHash = crowded && others.length >= crowded.from ? crowded.codeHash : asked.codeHash;
    const record = { ...asked, codeHash };
    if (this.#find((it) => it.codeHash === codeHash && !isFinal(it.state))) return { outcome: 'code_taken' };
    const pending = others.filter(({ state }) => state === 'pending');
    const room = makeRoom(others.map(entryOf), {
      newcomer: record.originPath,
      caps,
      displaceable: pending.map(entryOf),
    });
    if ('full' in room) return { outcome: 'full', level: room.full };
    for (const { id } of [...replaced, ...pending.filter(({ id }) => id === room.displaced?.id)])
      this.#records.delete(id);
    this.#records.set(record.id, record);
    return { outcome: 'inserted', codeHash, displaced: displacedBy(room) };
  }

  async listPending({ now, network, offset, limit }: PendingQuery) {
    const all = this.#all((it) => isPendingIn(it, network) && it.dueAt > now).sort(latestFirst);
    return { total: all.length, records: all.slice(offset, offset + limit) };
  }

  async dropPending(which: { readonly ids: readonly string[] } | { readonly network: string }) {
    const isMeant = (it: EnrolmentRecord) =>
      'ids' in which ? isPendingIn(it, '') && which.ids.includes(it.id) : isPendingIn(it, which.network);
    const dropped = this.#all(isMeant);
    for (const { id } of dropped) this.#records.delete(id);
    return dropped.length;
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
    const all = this.#all((it) => it.domainId === domainId && (states?.includes(it.state) ?? true));
    all.sort(latestFirst);
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

  async noteAsked(ask: Ask, { since, caps }: AskAdmission): Promise<Noting> {
    const key = `${ask.codeHash} ${ask.address}`;
    const recent = [...this.#asks].filter(([, { at }]) => at >= since);
    const entries = recent.map(([id, it]) => ({ id, origin: it.address, path: it.addressPath, end: it.at }));
    const isNew = !recent.some(([id]) => id === key);
    const room = isNew
      ? makeRoom(entries, { newcomer: ask.addressPath, caps, displaceable: entries })
      : { displaced: undefined };
    if ('full' in room) return { outcome: 'full', level: room.full };
    if (room.displaced) this.#asks.delete(room.displaced.id);
    this.#asks.set(key, ask);
    return { outcome: 'noted', displaced: displacedBy(room) };
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

interface Entry {
  readonly id: string;
  readonly origin: string;
  readonly path: string;
  readonly end: number;
}

interface Room {
  readonly displaced: Entry | undefined;
  readonly level?: CapLevel;
}

interface Newcomer {
  readonly newcomer: string;
  readonly caps: Caps;
  readonly displaceable: readonly Entry[];
}

/** What a database counts. */
function makeRoom(
  all: readonly Entry[],
  { newcomer, caps, displaceable }: Newcomer,
): { readonly full: CapLevel } | Room {
  const countIn = (network: string) => all.filter(({ path }) => path.startsWith(network)).length;
  const within = new Map(cappedNetworks(newcomer).map(({ path }) => [path, countIn(path)]));
  const full = fullNetwork(newcomer, { overAll: all.length, within }, caps);
  if (!full) return { displaced: undefined };
  const loads = displaceable.map(({ path, end }) => ({ path, count: 1, end }));
  const path = whoMakesRoom(loads, newcomer, full.path);
  const [displaced] = displaceable.filter((entry) => entry.path === path).toSorted((a, b) => a.end - b.end);
  return displaced ? { displaced, level: full.level } : { full: full.level };
}

const displacedBy = ({ displaced, level }: Room): Displaced | undefined =>
  displaced && { origin: displaced.origin, level: level! };

const entryOf = ({ id, origin, originPath, dueAt }: EnrolmentRecord): Entry => ({
  id,
  origin,
  path: originPath,
  end: dueAt,
});

const isOfKey = ({ keyFingerprint }: EnrolmentRecord, key: string | undefined): boolean =>
  key !== undefined && keyFingerprint === key;

const isPendingIn = ({ state, originPath }: EnrolmentRecord, network: string): boolean =>
  state === 'pending' && originPath.startsWith(network);

const latestFirst = (a: EnrolmentRecord, b: EnrolmentRecord): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
