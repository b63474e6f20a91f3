import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wholeNumber } from '@org/harness';
import { program } from 'commander';
import { reportOf, reportText } from './report.js';
import { runFaults } from './run.js';

const options = program
  .name('faults:agent')
  .description(
    'Kills the agent (SIGKILL) before every call that changes a file, midway through every write, and at every step of ' +
      'talking to the server, while it enrols and while it renews; starts it again; and checks that it has come to one ' +
      'identity, with the key it had made, as one machine on the server.',
  )
  .option('--every <n>', 'only every n-th step', wholeNumber, 1)
  .option('--lanes <n>', 'devices at a time', wholeNumber, 4)
  .option('--json', 'print one JSON object on standard output')
  .parse()
  .opts<{ every: number; lanes: number; json?: true }>();

const EVERY_MS = 5_000;
/** Many times what it takes. */
const LONGEST_MS = 20 * 60_000;

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-agent-faults-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  setTimeout(() => process.exit(1), LONGEST_MS).unref();
  const from = performance.now();
  let [kills, failed, told] = [0, 0, from];
  const outcomes = await runFaults({
    folder,
    lanes: options.lanes,
    every: options.every,
    onOutcome: ({ killed, problems }) => {
      kills += killed === undefined ? 0 : 1;
      failed += problems.length > 0 ? 1 : 0;
      if (performance.now() - told < EVERY_MS) return;
      told = performance.now();
      console.error(`${kills} kills, ${failed} failed, ${Math.round((told - from) / 1000)} s`);
    },
  });
  const report = reportOf(outcomes);
  const seconds = Math.round((performance.now() - from) / 1000);
  console[options.json ? 'error' : 'log'](`${reportText(report)} (${seconds} s)`);
  if (options.json) console.log(JSON.stringify({ ...report, seconds }, undefined, 2));
  return report.failures.length === 0 ? 0 : 1;
}

process.exitCode = await main();
