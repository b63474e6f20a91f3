import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { percentile, roundTrips, run } from '@org/harness';

const PROGRAM = fileURLToPath(new URL('../dist/provision/main.js', import.meta.url));

test('measures, as JSON', async () => {
  const { code, stdout } = await run(PROGRAM, ['--quick', '--json']);

  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  for (const measured of [report, report.x509]) {
    expect(measured.httpCalls).toBeGreaterThanOrEqual(measured.roundTrips);
    // Each round trip takes 20 ms at least.
    expect(measured.p50Ms).toBeGreaterThanOrEqual(measured.roundTrips * 20);
    expect(measured.p99Ms).toBeGreaterThanOrEqual(measured.p50Ms);
    expect(Object.keys(measured.perSecond)).toEqual(['1', '8', '64']);
    expect(Math.min(...Object.values<number>(measured.perSecond))).toBeGreaterThan(0);
  }
  expect(report.x509.httpCalls).toBeGreaterThan(report.httpCalls);
});

test('round trips are the longest chain of calls that follow one another', () => {
  const spans = (...pairs: [number, number | null][]) =>
    pairs.map(([startedAt, endedAt]) => ({ startedAt, endedAt }));

  expect(roundTrips([])).toBe(0);
  expect(roundTrips(spans([0, 10], [10, 20], [25, 30]))).toBe(3);
  // Two at a time, then one, with a long one beside all of them.
  expect(roundTrips(spans([0, 10], [1, 12], [13, 20], [0, 30]))).toBe(2);
  // What never ended is no round trip.
  expect(roundTrips(spans([0, 10], [11, null]))).toBe(1);
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([100, 198, 200]);
});
