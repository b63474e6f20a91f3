import { describe, expect, it } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import fc from 'fast-check';
import { ServerClock, askedPause, clockHint, nextPause } from '../../src/index.js';
import { DAY, HOUR, MINUTE, NOW, TestClock } from '../support/authority.js';

/** A repeatable source of randomness (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('pauses between attempts', () => {
  it('stay between base and cap, and grow', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), (seed, failures) => {
        const random = randomFrom(seed);
        let previousMs: number | undefined;
        for (let n = 0; n <= failures; n++) {
          const pause = nextPause({ previousMs, random, baseMs: 1000, capMs: HOUR });
          expect(pause).toBeGreaterThanOrEqual(1000);
          expect(pause).toBeLessThanOrEqual(Math.min(HOUR, 3 * (previousMs ?? 1000)));
          previousMs = pause;
        }
      }),
    );
    const longest = [1, 2, 3, 4, 5, 6].reduce(
      (ms: number) => nextPause({ previousMs: ms, random: () => 0.99 }),
      30e3,
    );
    expect(longest).toBeGreaterThan(HOUR);
  });

  it('do what the server asks, not all at the same second', () => {
    const asked = (random: number) =>
      nextPause({ previousMs: undefined, random: () => random, askedMs: HOUR });
    expect(asked(0)).toBe(HOUR);
    expect(asked(0.5)).toBe(1.25 * HOUR);
    expect(nextPause({ previousMs: 2 * HOUR, random: () => 0.5, askedMs: 1000 })).toBeGreaterThan(HOUR);
    expect(
      askedPause(
        new ProvisionError({
          kind: 'unavailable',
          code: 'rate_limited',
          message: 'x',
          details: { retryAfterMs: 7 },
        }),
      ),
    ).toBe(7);
    expect(askedPause(Object.assign(new Error(), { retryAfterMs: 8 }))).toBe(8);
    for (const none of [undefined, new Error(), { retryAfterMs: 'soon' }])
      expect(askedPause(none)).toBeUndefined();
  });

  it('let a thousand devices come back one after the other when an outage ends', () => {
    const outage = 8 * HOUR;
    const arrivals = Array.from({ length: 1000 }, (_, device) => {
      const random = randomFrom(device + 1);
      let at = random() * MINUTE;
      let previousMs: number | undefined;
      while (at < outage) {
        previousMs = nextPause({ previousMs, random });
        at += previousMs;
      }
      return at;
    });
    const perMinute = new Map<number, number>();
    for (const at of arrivals)
      perMinute.set(Math.floor(at / MINUTE), (perMinute.get(Math.floor(at / MINUTE)) ?? 0) + 1);
    expect(Math.max(...perMinute.values())).toBeLessThan(25);
    // And all of them do come back within the longest pause.
    expect(Math.max(...arrivals)).toBeLessThan(outage + 6 * HOUR);
  });
});

describe("the server's time of day", () => {
  const noticed = (localTime: number, serverTime: number, tookMs = 100) => {
    const clock = new ServerClock(new TestClock(localTime));
    clock.notice({ serverTime, sentAt: localTime - tookMs, receivedAt: localTime });
    return clock;
  };

  it('corrects a clock that is far off, in either direction', () => {
    expect(Math.abs(noticed(0, NOW).now() - NOW)).toBeLessThan(1000);
    expect(noticed(0, NOW).skewMs).toBeLessThan(-60 * 365 * DAY);
    expect(Math.abs(noticed(NOW + 365 * DAY, NOW).now() - NOW)).toBeLessThan(1000);
  });

  it('does not disturb one that is about right, or an answer that took long', () => {
    expect(noticed(NOW, NOW - 30e3).skewMs).toBe(0);
    expect(noticed(NOW, NOW - 5 * MINUTE, 10 * MINUTE).skewMs).toBe(0);
  });

  it('is told when it is another than that of this device, by how much, and when that is over', () => {
    const told: number[] = [];
    const local = new TestClock(NOW + HOUR);
    const clock = new ServerClock(local, (skewMs) => told.push(skewMs));
    const answer = (serverTime: number): void =>
      clock.notice({ serverTime, sentAt: local.time, receivedAt: local.time });
    answer(NOW);
    answer(NOW + 30e3);
    local.time = NOW - 5 * MINUTE;
    answer(NOW);
    local.time = NOW;
    answer(NOW);
    answer(NOW);
    expect(told).toEqual([HOUR, -5 * MINUTE, 0]);
  });

  it('is forgotten when the clock has been set right', () => {
    const local = new TestClock(0);
    const clock = new ServerClock(local);
    clock.notice({ serverTime: NOW, sentAt: 0, receivedAt: 0 });
    local.time = NOW;
    clock.notice({ serverTime: NOW, sentAt: NOW, receivedAt: NOW });
    expect(clock.skewMs).toBe(0);
    expect(clock.now()).toBe(NOW);
  });

  it('cannot be had over TLS by a clock that is far off, and what to do about it is said', () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const reason of ['certificate is not yet valid', 'CERT_HAS_EXPIRED', 'certificate has expired'])
      expect(clockHint(reason)).toMatch(
        new RegExp(`^ The clock here says ${today} [\\d:]{8} UTC: set it, if that is wrong\\.$`),
      );
    expect(clockHint('self-signed certificate')).toBe('');
  });

  it('may be absent', async () => {
    const clock = new ServerClock(new TestClock());
    await clock.ask(async () => ({}));
    expect(clock.skewMs).toBe(0);
  });
});
