import { describe, expect, it } from '@jest/globals';
import { AdaptiveLimit } from '../src/adaptive-limit.js';

/** Time that passes only when a test says so. */
class Clock {
  #now = 0;
  #sleepers: { until: number; wake: () => void }[] = [];
  monotonic = () => this.#now;
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      this.#sleepers.push({ until: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const { until, wake } of this.#sleepers) if (until <= this.#now) wake();
    await settle();
  }
}

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** A platform that takes what it is given, and answers when told. */
function platform(options: { most?: number; waitMs?: number } = {}) {
  const clock = new Clock();
  const limit = new AdaptiveLimit({
    clock,
    targetMs: 1_000,
    waitMs: options.waitMs ?? 60_000,
    most: options.most ?? 64,
  });
  const answers: (() => void)[] = [];
  const ends: string[] = [];
  const ask = (signal?: AbortSignal) =>
    limit
      .run(() => new Promise<void>((resolve) => answers.push(resolve)), signal)
      .then(
        () => ends.push('ok'),
        (error: { code?: string }) => ends.push(error.code ?? 'failed'),
      );
  /** All that is under way, after so long. */
  const answerAll = async (afterMs: number) => {
    await clock.advance(afterMs);
    for (const answer of answers.splice(0)) answer();
    await settle();
  };
  return { clock, limit, ask, answerAll, answers, ends };
}

describe('how many are under way at once', () => {
  it('is four at first; the others wait for their turn', async () => {
    const { limit, ask, answers } = platform();
    for (let n = 0; n < 10; n++) void ask();
    await settle();
    expect([answers.length, limit.underWay, limit.waiting]).toEqual([4, 4, 6]);
    answers.shift()!();
    await settle();
    expect([answers.length, limit.waiting]).toEqual([4, 5]);
  });

  it('grows by about one with each round that is answered in time', async () => {
    const { limit, ask, answerAll } = platform();
    for (let n = 0; n < 100; n++) void ask();
    await settle();
    const ceilings = [];
    for (let round = 0; round < 5; round++) {
      await answerAll(500);
      ceilings.push(limit.ceiling);
    }
    expect(ceilings).toEqual([...ceilings].sort((a, b) => a - b));
    expect(limit.ceiling).toBeGreaterThanOrEqual(7);
    expect(limit.ceiling).toBeLessThanOrEqual(10);
  });

  it('falls at once, and once for a whole round that is late; never below one', async () => {
    const { limit, ask, answerAll } = platform();
    for (let n = 0; n < 100; n++) void ask();
    await settle();
    await answerAll(1_500);
    expect(limit.ceiling).toBe(2);
    for (let round = 0; round < 10; round++) await answerAll(1_500);
    expect(limit.ceiling).toBe(1);
    expect(limit.underWay).toBe(1);
  });

  it('does not grow while fewer are requested than may be, nor above the most', async () => {
    const few = platform();
    for (let round = 0; round < 20; round++) {
      void few.ask();
      await settle();
      await few.answerAll(1);
    }
    expect(few.limit.ceiling).toBe(4);
    const many = platform({ most: 6 });
    for (let n = 0; n < 200; n++) void many.ask();
    for (let round = 0; round < 20; round++) await many.answerAll(1);
    expect(many.limit.ceiling).toBe(6);
  });
});

describe('a turn', () => {
  it('that does not come in time is refused, before anything is requested', async () => {
    const { clock, limit, ask, answers, ends } = platform({ waitMs: 5_000 });
    for (let n = 0; n < 5; n++) void ask();
    await settle();
    await clock.advance(5_000);
    expect(ends).toEqual(['platform_busy']);
    expect([answers.length, limit.waiting]).toEqual([4, 0]);
  });

  it('is given up by who leaves', async () => {
    const { limit, ask, ends } = platform();
    for (let n = 0; n < 4; n++) void ask();
    const leaving = new AbortController();
    void ask(leaving.signal);
    await settle();
    leaving.abort();
    await settle();
    expect([limit.waiting, ends]).toEqual([0, ['platform_busy']]);
  });

  it('is free again after a failure', async () => {
    const { limit } = platform();
    await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(limit.underWay).toBe(0);
  });
});
