import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { type Clock, HeldLease, type Lease, LeaseKeeper, type LeaseKeeperOptions } from '../../src/index.js';

const LEASE_MS = 15_000;
const leaseOn = (id: string, fencingToken = 1): Lease => ({ id, owner: 'a', fencingToken });

/** Time that passes only when a test says so; no one can set it, so the time of day is of no use. */
class ManualClock implements Clock {
  #time = 0;
  #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now = (): number => {
    throw new Error('leases do not ask for the time of day');
  };
  monotonic = (): number => this.#time;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ until: this.#time + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** Second by second, as renewals take their turns in between. */
  async advance(ms: number): Promise<void> {
    for (const end = this.#time + ms; this.#time < end;) {
      this.#time = Math.min(end, this.#time + 1_000);
      const due = this.#sleepers.filter(({ until }) => until <= this.#time);
      this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#time);
      for (const { wake } of due) wake();
      await setImmediate();
    }
  }
}

describe('a held lease', () => {
  it('ends for its holder before it ends in the store, counted from when it was asked for', async () => {
    const clock = new ManualClock();
    const askedAt = clock.monotonic();
    await clock.advance(4_000);
    const held = new HeldLease(leaseOn('run'), askedAt, { clock, leaseMs: LEASE_MS });
    await clock.advance(9_000);
    expect(held.isHeld).toBe(true);
    await clock.advance(1_000);
    expect(() => held.assertHeld()).toThrow(expect.objectContaining({ code: 'lease_lost' }));
  });
});

describe('a lease keeper', () => {
  type Store = Pick<LeaseKeeperOptions, 'renew' | 'end'>;
  const setting = (
    renew: Store['renew'] = async (leases) => leases,
    end: Store['end'] = async () => undefined,
  ) => {
    const clock = new ManualClock();
    const troubles: unknown[] = [];
    const onTrouble = (error: unknown) => void troubles.push(error);
    return { clock, troubles, keeper: new LeaseKeeper({ clock, leaseMs: LEASE_MS, renew, end, onTrouble }) };
  };
  /** Work that lasts until it is told to end. */
  const hold = (keeper: LeaseKeeper, clock: Clock, lease: Lease) => {
    const { promise: end, resolve, reject } = Promise.withResolvers<void>();
    const { promise: started, resolve: start } = Promise.withResolvers<HeldLease>();
    const done = keeper.during(lease, clock.monotonic(), (held) => {
      start(held);
      return end;
    });
    return {
      started,
      end: () => {
        resolve();
        return done;
      },
      fail: () => {
        reject(new Error('failed'));
        return expect(done).rejects.toThrow('failed');
      },
    };
  };

  it('keeps a lease for as long as its work lasts, and asks for nothing afterwards', async () => {
    const asked: (readonly Lease[])[] = [];
    const { clock, keeper } = setting(async (leases) => {
      asked.push(leases);
      return leases;
    });
    const work = hold(keeper, clock, leaseOn('run'));
    const held = await work.started;
    await clock.advance(10 * LEASE_MS);
    expect(held.isHeld).toBe(true);
    await work.end();
    const { length } = asked;
    await clock.advance(LEASE_MS);
    expect(asked).toHaveLength(length);
  });

  it('holds nothing past its end while the store is away, and has it back if no one took it', async () => {
    let away = true;
    const { clock, keeper, troubles } = setting(async (leases) => {
      if (away) throw new Error('away');
      return leases;
    });
    const work = hold(keeper, clock, leaseOn('run'));
    const held = await work.started;
    await clock.advance(LEASE_MS);
    expect(held.isHeld).toBe(false);
    expect(troubles.length).toBeGreaterThan(1);
    away = false;
    await clock.advance(1_000);
    expect(held.isHeld).toBe(true);
    await work.end();
  });

  it('counts a renewal from when it was asked for, however long it took', async () => {
    const { clock, keeper } = setting(async (leases) => {
      await clock.sleep(8_000);
      return leases;
    });
    const work = hold(keeper, clock, leaseOn('run'));
    const held = await work.started;
    // Asked for after 5 s, so it holds until 18.5 s; the next one comes at 18 s at the earliest, for its answer at 26 s.
    await clock.advance(18_000);
    expect(held.isHeld).toBe(true);
    await clock.advance(1_000);
    expect(held.isHeld).toBe(false);
    await work.end();
  });

  it('loses only those that the store says are another’s, also one of the same thing that came before', async () => {
    const lost = leaseOn('run', 1);
    const { clock, keeper } = setting(async (leases) => leases.filter((lease) => lease !== lost));
    const [before, after, other] = [lost, leaseOn('run', 2), leaseOn('other')].map((lease) =>
      hold(keeper, clock, lease),
    );
    await clock.advance(LEASE_MS);
    expect((await before!.started).isHeld).toBe(false);
    expect((await after!.started).isHeld).toBe(true);
    expect((await other!.started).isHeld).toBe(true);
    await Promise.all([before, after, other].map((work) => work!.end()));
  });

  it('ends a lease whose work failed, before the failure is told', async () => {
    const ended: string[] = [];
    const { clock, keeper } = setting(undefined, async (leases) => ended.push(...leases.map(({ id }) => id)));
    const [one, other] = ['one', 'other'].map((id) => hold(keeper, clock, leaseOn(id)));
    await one!.fail();
    expect(ended).toEqual(['one']);
    await other!.end();
    expect(ended).toEqual(['one']);
  });

  it('ends it as soon as the store is back, and not when it is over by then', async () => {
    let away = true;
    const ended: string[] = [];
    const answer = (leases: readonly Lease[]) => {
      if (away) throw new Error('away');
      return leases;
    };
    const { clock, keeper, troubles } = setting(
      async (leases) => answer(leases),
      async (leases) => ended.push(...answer(leases).map(({ id }) => id)),
    );
    const early = hold(keeper, clock, leaseOn('early'));
    await clock.advance(10_000);
    const late = hold(keeper, clock, leaseOn('late'));
    await early.fail();
    await late.fail();
    await clock.advance(10_000);
    expect(ended).toEqual([]);
    away = false;
    await clock.advance(1_000);
    expect(ended).toEqual(['late']);
    const { length } = troubles;
    await clock.advance(LEASE_MS);
    expect(troubles).toHaveLength(length);
  });

  it('gives back what is still held when it is closed', async () => {
    const ended: string[] = [];
    const { clock, keeper } = setting(undefined, async (leases) => ended.push(...leases.map(({ id }) => id)));
    const work = hold(keeper, clock, leaseOn('run'));
    await keeper.close();
    expect(ended).toEqual(['run']);
    await work.end();
  });
});
