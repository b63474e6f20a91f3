import { availableParallelism } from 'node:os';
import { program } from 'commander';
import { createOutput, runCommand } from '@org/harness';
import { type Extent, measure } from './bench.js';
import { AIMS, describe } from './report.js';

const WHOLE: Extent = { warmUp: 500, sequential: 200, seconds: 5 };
const QUICK: Extent = { warmUp: 10, sequential: 10, seconds: 0.5 };

const options = program
  .name('bench:provision')
  .description('Measures provisioning against the Magistrala emulator: round trips, latency, throughput.')
  .option('--json', 'print one JSON object on standard output')
  .option('--quick', 'measure little: to see that it works')
  .option('--cpu-prof <folder>', 'write CPU profiles of the app there')
  .parse()
  .opts<{ json?: true; quick?: true; cpuProf?: string }>();

await runCommand(async ({ cleanup }) => {
  const output = createOutput(options.json === true);
  const { colors, say } = output;
  const { cpuProf } = options;
  const extent = options.quick ? QUICK : WHOLE;
  const nodeOptions = cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`];
  const measureWith = (x509: boolean) => {
    const progress = (what: string) => process.stderr.write(`x509 ${x509 ? 'on' : 'off'}: ${what}\n`);
    return measure({ x509, extent, cleanup, nodeOptions, progress });
  };
  const off = await measureWith(false);
  const on = await measureWith(true);
  say(`${colors.bold('Provisioning, measured')}\n`);
  say(describe(off, on, colors));
  await output.json({ ...off, x509: on, aims: AIMS, cores: availableParallelism(), node: process.version });
  return 0;
});
