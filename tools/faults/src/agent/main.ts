import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportOf, reportText } from './report.js';
import { runFaults } from './run.js';

const HELP = `Kills the agent (SIGKILL) before every call that changes a file, half-way through every write, and at every step of
talking to the server, while it enrols and while it renews; starts it again; and looks whether it has come to one
identity, with the key it had made, as one machine on the server.

  npm run faults:agent -- [--json] [--every <n>] [--lanes <n>]

  --json   print one JSON object on the standard output
  --every  only every n-th step; default 1: all of them
  --lanes  devices at a time; default 4`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    every: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '4' },
  },
});

const EVERY_MS = 5_000;
/** Many times what it takes. */
const LONGEST_MS = 20 * 60_000;

const count = (name: 'every' | 'lanes'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0 && value < 1000) return value;
  console.error(`--${name} wants a whole number from 1 to 999`);
  process.exit(2);
};

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-agent-faults-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  setTimeout(() => process.exit(1), LONGEST_MS).unref();
  const from = performance.now();
  let [kills, failed, told] = [0, 0, from];
  const outcomes = await runFaults({
    folder,
    lanes: count('lanes'),
    every: count('every'),
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
  console[values.json ? 'error' : 'log'](`${reportText(report)} (${seconds} s)`);
  if (values.json) console.log(JSON.stringify({ ...report, seconds }, undefined, 2));
  return report.failures.length === 0 ? 0 : 1;
}

if (values.help) console.log(HELP);
else process.exitCode = await main();
