import { type Clock, ProvisionError, Secret, randomIds } from '@org/domain';
import {
  MemoryJournal,
  MemoryPlatform,
  type Operation,
  sampleLayout,
  sampleRequest,
  sampleSettings,
} from '../src/testing/index.js';
import {
  type Observer,
  type ProvisionCall,
  Provisioner,
  type ProvisioningSettings,
  type TokenSource,
} from '../src/index.js';

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #now = 1_790_000_000_000;
  #sleepers: { until: number; wake: () => void }[] = [];

  now = () => this.#now;

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
  settings?: Partial<ProvisioningSettings>;
  ownToken?: TokenSource;
}

/** A platform and a journal that outlive the process working on them. */
export class World {
  readonly platform = new MemoryPlatform();
  readonly journal = new MemoryJournal();
  readonly clock = new ManualClock();
  readonly outcomes: string[] = [];
  readonly #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
  }

  process(): Provisioner {
    const observer: Observer = { run: (_, { outcome }) => void this.outcomes.push(outcome) };
    return new Provisioner({
      platform: this.platform,
      journal: this.journal,
      layout: sampleLayout(this.#options.toml),
      settings: { ...sampleSettings, ...this.#options.settings },
      ownToken: this.#options.ownToken,
      clock: this.clock,
      ids: randomIds,
      observer,
      random: () => 0,
    });
  }

  call(more: Partial<ProvisionCall> & { externalId?: string } = {}): ProvisionCall {
    const { externalId = '33:52:77:99:43', ...rest } = more;
    const request = sampleRequest({ externalId });
    return { domainId: 'plant', request, token: new Secret('caller'), idempotencyKey: undefined, ...rest };
  }

  /** Lets a fresh process do all that is due, as long as there is anything. */
  async recover(): Promise<void> {
    const process = this.process();
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

export const failure = (kind: 'unavailable' | 'ambiguous' | 'forbidden' | 'invalid'): ProvisionError =>
  new ProvisionError({ kind, code: `test_${kind}`, message: `the test said ${kind}` });

/** Enough turns of the event loop for everything in memory to finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
