import { expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { run } from '@org/harness';

const PROGRAM = fileURLToPath(new URL('../dist/agent/main.js', import.meta.url));

// A sample; `npm run faults:agent` takes every step.
test('an agent that is killed comes to one identity and is one machine, whichever step it was at', async () => {
  const { code, stdout } = await run(PROGRAM, ['--lanes', '2', '--every', '31', '--json']);
  const report = JSON.parse(stdout);
  expect(report.failures).toEqual([]);
  expect(code).toBe(0);
  expect(report.byPhase.enrol).toBeGreaterThan(3);
  expect(report.byPhase.renew).toBeGreaterThan(2);
});
