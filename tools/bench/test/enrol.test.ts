import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { run } from '@org/harness';

const PROGRAM = fileURLToPath(new URL('../dist/enrol/main.js', import.meta.url));

test('measures enrolment, as JSON', async () => {
  const { code, stdout } = await run(PROGRAM, ['--quick', '--json']);

  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  const { loads } = report;
  expect(loads.map(({ atATime }: { atATime: number }) => atATime)).toEqual([1, 8, 64]);
  for (const load of [report, ...loads]) {
    expect(load.p50Ms).toBeGreaterThan(0);
    expect(load.p99Ms).toBeGreaterThanOrEqual(load.p50Ms);
  }
  const [, eight] = loads;
  expect(report).toMatchObject({ enrolmentsPerSecond: eight.perSecond, p50Ms: eight.p50Ms, atATime: 8 });
  // Asking for nothing is quicker than enrolling.
  expect(report.ratio).toBeGreaterThan(0);
  expect(report.ratio).toBeLessThan(1);
});
