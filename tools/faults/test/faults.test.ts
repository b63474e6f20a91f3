import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { run } from '@org/harness';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

// One case in two has every kind of fault and every call of the sample; `npm run faults` takes each with each.
test.each([
  ['SQLite', []],
  ['PostgreSQL', ['--postgres']],
])('no fault of the sample leaves anything behind, with state in %s', async (_, where) => {
  const { code, stdout, stderr } = await run(PROGRAM, ['--quick', '--every', '2', '--json', ...where]);

  const report = JSON.parse(stdout);
  expect(report.failures).toEqual([]);
  expect(code).toBe(0);
  expect(report).toMatchObject({ orphans: 0, duplicates: 0, unreportedRemnants: 0 });
  const kinds = Object.values<{ injected: number }>(report.byKind);
  expect(kinds).toHaveLength(20);
  expect(kinds.every(({ injected }) => injected === report.injected / kinds.length)).toBe(true);
  expect(stderr).toContain(`faults: ${report.injected} injected, 0 orphans, 0 duplicates`);
});

test('a device finishes its enrolment with its key, whatever was killed in between', async () => {
  const { code, stdout, stderr } = await run(PROGRAM, ['--enrolment', '--quick', '--json']);

  const report = JSON.parse(stdout);
  expect(report.failures).toEqual([]);
  expect(code).toBe(0);
  expect(report).toMatchObject({ orphans: 0, duplicates: 0, finished: report.devices });
  // One for each step, and one that waits.
  expect(report.byKind.between_steps.devices).toBe(10);
  expect(report.byKind.after_write.devices).toBeGreaterThanOrEqual(4);
  expect(report.kills).toBe(report.byKind.after_write.devices + 2);
  expect(stderr).toContain(`enrolment: ${report.kills} killed`);
});

test('names the kinds that there are, for one that there is not', async () => {
  const { code, stderr } = await run(PROGRAM, ['--only', 'flood']);

  expect(code).toBe(1);
  expect(stderr).toContain('sigkill_before');
});
