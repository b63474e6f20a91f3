import { expect, it } from '@jest/globals';
import { type Pace, poll } from '../../src/enrolment/pace.js';

const after = (pace: Pace, ...times: number[]) =>
  times.map((time) => {
    const polled = poll(pace, time);
    pace = polled.pace;
    return [polled.slowDown, pace.intervalMs];
  });

it('lets a device poll at its interval, a little early too', () => {
  expect(after({ intervalMs: 5_000, polledAt: undefined }, 0, 5_000, 9_500)).toEqual([
    [false, 5_000],
    [false, 5_000],
    [false, 5_000],
  ]);
});

it('adds five seconds for good whenever a device hurries (RFC 8628 §3.5)', () => {
  expect(after({ intervalMs: 5_000, polledAt: 0 }, 1_000, 6_001, 21_001)).toEqual([
    [true, 10_000],
    [true, 15_000],
    [false, 15_000],
  ]);
});

it('stops at a minute, and leaves a longer interval as it is', () => {
  expect(after({ intervalMs: 58_000, polledAt: 0 }, 1, 2)).toEqual([
    [true, 60_000],
    [true, 60_000],
  ]);
  expect(after({ intervalMs: 90_000, polledAt: 0 }, 1)).toEqual([[true, 90_000]]);
});
