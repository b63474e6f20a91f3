import { type Clock, ProvisionError, Secret, randomIds } from '@org/domain';
import {
  MemoryJournal,
  MemoryRemnants,
  MemoryPlatform,
  type Operation,
  sampleLayout,
  sampleRequest,
  sampleSettings,
} from '../src/testing/index.js';
import {
  type RunJournal,
  type Observer,
  type ProvisionCall,
  Provisioner,
  type ProvisioningSettings,
  type TokenSource,
} from '../src/index.js';

/** The gateway is not the only client, and a profile is bound to it. */
export const TWO_CLIENTS = `
[bootstrap]
profile_id = "profile-1"
[[bootstrap.bindings]]
slot = "mqtt"
type = "client"
name = "gateway"
[[clients]]
name = "gateway"
[clients.metadata]
external_id = "x"
[[clients]]
name = "exporter"
[[channels]]
name = "control-channel"
[channels.metadata]
type = "control"
[[channels]]
name = "data-channel"
[channels.metadata]
type = "data"
`;

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #now = 1_790_000_000_000;
  #sleepers: { until: number; wake: () => void }[] = [];

  now = () => this.#now;
  monotonic = (): number => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ until: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= this.#now);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#now);
    for (const { wake } of due) wake();
  }
}

export interface WorldOptions {
  toml?: string;
  /** Further layouts, as TOML. */
  layouts?: Readonly<Record<string, string>>;
  settings?: Partial<ProvisioningSettings>;
  ownToken?: TokenSource;
}

/** A platform and a journal that outlive the process working on them. */
export class World {
  readonly platform = new MemoryPlatform();
  readonly clock = new ManualClock();
  readonly journal = new MemoryJournal(this.clock);
  readonly remnants = new MemoryRemnants(this.clock);
  readonly outcomes: string[] = [];
  readonly troubles: string[] = [];
  /** What was reported as a remnant, by type and id. */
  readonly reported: string[] = [];
  readonly #options: WorldOptions;
  /** Ends when the processes so far die. */
  #life = { ended: false };

  constructor(options: WorldOptions = {}) {
    this.#options = options;
  }

  process({ layouts = this.#options.layouts ?? {} }: Pick<WorldOptions, 'layouts'> = {}): Provisioner {
    const observer: Observer = {
      run: (_, { outcome }) => void this.outcomes.push(outcome),
      trouble: (what) => void this.troubles.push(what),
      remnants: (_, found) => this.reported.push(...found.map(({ type, id }) => `${type} ${id}`)),
    };
    return new Provisioner({
      platform: this.platform,
      journal: mortal(this.journal, this.#life),
      remnants: this.remnants,
      layout: sampleLayout(this.#options.toml),
      layouts: new Map(Object.entries(layouts).map(([name, toml]) => [name, sampleLayout(toml)])),
      settings: { ...sampleSettings, ...this.#options.settings },
      ownToken: this.#options.ownToken,
      clock: this.clock,
      ids: randomIds,
      observer,
      random: () => 0,
    });
  }

  /** No process so far gets through to the journal any more. */
  kill(): void {
    this.#life.ended = true;
    this.#life = { ended: false };
  }

  call(more: Partial<ProvisionCall> & { externalId?: string } = {}): ProvisionCall {
    const { externalId = '33:52:77:99:43', ...rest } = more;
    const request = sampleRequest({ externalId });
    return { domainId: 'plant', request, token: new Secret('caller'), idempotencyKey: undefined, ...rest };
  }

  /** Lets a fresh process do all that is due, as long as there is anything. */
  async recover(process = this.process()): Promise<void> {
    process.start();
    for (let round = 0; round < 20; round++) {
      await settle();
      this.clock.advance(60_000);
    }
    await settle();
    await process.close(0);
  }

  /** Fails the n-th call of an operation, before or after its work. */
  fail(
    operation: Operation,
    when: 'before' | 'after',
    kind: 'unavailable' | 'ambiguous' | 'forbidden' | 'invalid',
  ): void {
    let left = 1;
    this.platform.interfere = (called, at) => {
      if (called === operation && at === when && left-- > 0) throw failure(kind);
    };
  }
}

/** The same as a process sees it, which never hears of it again once it is dead. */
const mortal = (journal: RunJournal, life: { readonly ended: boolean }): RunJournal =>
  new Proxy(journal, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown =>
        life.ended ? new Promise(() => undefined) : Reflect.apply(value, target, args);
    },
  });

/** Kills the process at a call, as SIGKILL would. */
export async function dieAt(
  world: World,
  operation: Operation,
  when: 'before' | 'after',
  nth = 1,
): Promise<void> {
  await hangAt(world, operation, when, nth);
  world.kill();
}

/** A call that is never answered. */
export function hangAt(world: World, operation: Operation, when: 'before' | 'after', nth = 1): Promise<void> {
  let left = nth;
  return new Promise((hangs) => {
    world.platform.interfere = (called, at) => {
      if (called !== operation || at !== when || --left > 0) return undefined;
      world.platform.interfere = () => undefined;
      hangs();
      return new Promise(() => undefined);
    };
  });
}

/** Nothing is under way and nothing owed. */
export const EMPTY_JOURNAL = { running: 0, removing: 0, settling: 0, leftovers: 0 };

export const failure = (kind: 'unavailable' | 'ambiguous' | 'forbidden' | 'invalid'): ProvisionError =>
  new ProvisionError({ kind, code: 'server_error', message: `the test said ${kind}` });

/** Enough turns of the event loop for everything in memory to finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
