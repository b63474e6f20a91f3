import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptResult, Renewal } from '../../src/index.js';
import { DAY, HOUR, NOW, TestClock } from '../support/authority.js';
import { DUE, Renewing } from '../support/renewing.js';

let aDevice: Renewing['device'];

beforeAll(async () => {
  const renewing = await Renewing.make();
  aDevice = (under) => renewing.device(under);
});

/** Its sleeps end by their signal alone. */
class SleepyClock extends TestClock {
  override sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.slept.push(ms);
      // The pause before the first attempt is not what this is about.
      if (ms <= 60e3) return resolve();
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the daemon', () => {
  /** Lets it run until a number of attempts has been made. */
  async function runUntil(
    renewal: Renewal,
    isEnough: (results: AttemptResult[]) => boolean,
  ): Promise<AttemptResult[]> {
    const stop = new AbortController();
    const results: AttemptResult[] = [];
    const onAttempt = (result: AttemptResult) => {
      results.push(result);
      if (isEnough(results)) stop.abort(new Error('enough'));
    };
    await expect(renewal.run({ onAttempt, signal: stop.signal })).rejects.toThrow('enough');
    return results;
  }

  it('renews again and again', async () => {
    const { renewal, server, clock } = aDevice();
    server.lifetimeMs = 3 * DAY;
    const results = await runUntil(renewal, ({ length }) => length === 4);
    expect(results.map(({ attempt }) => attempt.outcome)).toEqual(Array(4).fill('renewed'));
    expect(clock.time - DUE).toBeGreaterThan(3 * 1.8 * DAY);
    expect(clock.time - DUE).toBeLessThan(3 * 2.2 * DAY);
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(HOUR);
  });

  it('gets through a server that is down for days', async () => {
    const { renewal, server, clock } = aDevice();
    server.fails = 'unavailable';
    const results = await runUntil(renewal, (all) => {
      if (clock.time > DUE + 3 * DAY) server.fails = undefined;
      return all.at(-1)!.attempt.outcome === 'renewed';
    });
    expect(clock.time).toBeLessThan(DUE + 3.5 * DAY);
    expect(results.length).toBeGreaterThan(20);
    expect((await renewal.status())!.attempts.length).toBeLessThanOrEqual(20);
  });

  it('does not start at the same second as everybody else', async () => {
    const { renewal, clock } = aDevice({ random: () => 0.25 });
    await runUntil(renewal, () => true);
    expect(clock.slept[0]).toBe(15e3);
  });

  it('wakes up when the server would like a renewal sooner, and when the identity is gone', async () => {
    const { renewal, server, store } = aDevice({ clock: new SleepyClock(NOW + HOUR) });
    const running = renewal.run();
    await renewal.hint(NOW);
    // Sleeps for ever unless it is woken.
    await until(() => server.calls.includes('renew'));
    expect(await renewal.status()).toMatchObject({ attempts: [{ outcome: 'renewed' }] });
    await store.remove();
    renewal.wake();
    await running;
    await renewal.hint(NOW);
    expect(await renewal.status()).toBeUndefined();
  });

  it('goes on from what comes of an attempt that someone else asks for', async () => {
    const { renewal } = aDevice({ clock: new SleepyClock(NOW + HOUR) });
    const stop = new AbortController();
    const outcomes: string[] = [];
    const running = renewal.run({
      onAttempt: ({ attempt }) => outcomes.push(attempt.outcome),
      signal: stop.signal,
    });
    await renewal.attempt({ force: true });
    expect(outcomes).toEqual(['renewed']);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await renewal.attempt({ force: true });
    expect(outcomes).toHaveLength(1);
  });

  it('ends when the identity is taken away, and when it is told to', async () => {
    const { renewal, store, clock } = aDevice();
    await renewal.run({ onAttempt: () => void store.remove() });
    expect(clock.time).toBeGreaterThan(DUE);
    await expect(aDevice().renewal.run({ signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
      'stopped',
    );
  });
});
