import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  DEFAULT_SETTINGS,
  addressGroup,
  siteGroup,
  deviceMadeCode,
  enrolmentCode,
  LEGACY_SETTINGS,
  guessability,
  guessingProbability,
  take,
} from '../../src/index.js';
import { bucket, mostAttempts } from '../../src/limits/bucket.js';

const DAY = 86_400_000;
const TEN_MINUTES = 600_000;

describe('take', () => {
  it('lets the limit through at once, and no more than it promises in any stretch of time', () => {
    const limits = fc.record({
      limit: fc.integer({ min: 1, max: 20 }),
      windowMs: fc.integer({ min: 100, max: 5_000 }),
    });
    const waits = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 });
    fc.assert(
      fc.property(limits, waits, (limit, steps) => {
        const it = bucket('a', limit);
        let [busyUntil, now] = [0, 1_000_000];
        const passed: number[] = [];
        for (const step of [...Array<number>(limit.limit).fill(0), ...steps]) {
          now += step;
          const taken = take(it, busyUntil, now);
          if ('retryAt' in taken) {
            expect(taken.retryAt).toBeGreaterThan(now);
            expect('busyUntil' in take(it, busyUntil, taken.retryAt)).toBe(true);
            expect('retryAt' in take(it, busyUntil, taken.retryAt - 1)).toBe(true);
            continue;
          }
          busyUntil = taken.busyUntil;
          passed.push(now);
        }
        expect(passed.filter((time) => time === 1_000_000).length).toBeGreaterThanOrEqual(limit.limit);
        passed.forEach((from, first) =>
          passed.slice(first).forEach((to, more) => {
            expect(more + 1).toBeLessThanOrEqual(mostAttempts(limit, to - from));
          }),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('addressGroup', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['192.0.2.1:443', '192.0.2.1'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['/run/agent.sock', '/run/agent.sock'],
  ])('%s counts as %s', (address, group) => expect(addressGroup(address)).toBe(group));
});

describe('siteGroup', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8:1:ffff::9', '2001:db8:1::/48'],
    ['2001:db8::9', '2001:db8:0::/48'],
  ])('%s counts as %s', (address, group) => expect(siteGroup(address)).toBe(group));
});

describe('guessingProbability', () => {
  const { attempts } = DEFAULT_SETTINGS;
  const ours = { attempts, format: enrolmentCode };

  it('is what the defaults promise', () => {
    // One in 1600 for an attack with every account it takes that lasts all day, against 100 codes at any time.
    expect(guessingProbability({ ...ours, pending: 100, durationMs: DAY })).toBeCloseTo(6.2285e-4, 7);
    // One code, in the ten minutes that it lives: one in 12 million.
    expect(guessingProbability({ ...ours, pending: 1, durationMs: TEN_MINUTES })).toBeCloseTo(8.59375e-8, 12);
    // The most that can be pending, all day.
    expect(guessingProbability({ ...ours, pending: 5_000, durationMs: DAY })).toBeCloseTo(0.030672, 6);
  });

  it('is far worse for codes that devices make', () => {
    const theirs = { attempts, format: deviceMadeCode };
    expect(guessingProbability({ ...theirs, pending: 10, durationMs: DAY })).toBeCloseTo(1.7956e-3, 7);
  });

  it('stays under one in a thousand a day for each kind of code, whatever waits', () => {
    const all = guessability(DEFAULT_SETTINGS, LEGACY_SETTINGS);
    expect(all.short).toMatchObject({ pending: 100, attemptsPerDay: 159_500 });
    expect(all.short.perAttempt).toBeCloseTo(3.90625e-9, 14);
    expect(all.short.perDay).toBeCloseTo(6.2285e-4, 7);
    expect(all.crowd).toMatchObject({ pending: 5_000, attemptsPerDay: 159_500 });
    expect(all.crowd.perDay).toBeCloseTo(7.788e-5, 8);
    expect(all.deviceMade).toMatchObject({ pending: 100, attemptsPerDay: 8_700 });
    expect(all.deviceMade.perDay).toBeCloseTo(9.798e-4, 7);
  });

  it('is zero with nothing to hit, and grows with each of its terms', () => {
    const p = (pending: number, durationMs: number) => guessingProbability({ ...ours, pending, durationMs });
    expect(p(0, DAY)).toBeCloseTo(0, 20);
    expect(p(200, DAY)).toBeGreaterThan(p(100, DAY));
    expect(p(100, 2 * DAY)).toBeGreaterThan(p(100, DAY));
  });
});
