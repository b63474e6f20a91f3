import { availableParallelism } from 'node:os';
import { program } from 'commander';
import { createOutput, runCommand } from '@org/harness';
import { type Extent, measure } from './bench.js';
import { describe, figures } from './report.js';

const WHOLE: Extent = { warmUp: 400, seconds: 5 };
const QUICK: Extent = { warmUp: 8, seconds: 0.5 };

const options = program
  .name('bench:enrol')
  .description(
    'Measures enrolment by code: begin, approve, redeem, against the built-in authority on SQLite.',
  )
  .option('--json', 'print one JSON object on standard output')
  .option('--quick', 'measure little: to see that it works')
  .option('--cpu-prof <folder>', 'write CPU profiles of the apps there')
  .parse()
  .opts<{ json?: true; quick?: true; cpuProf?: string }>();

await runCommand(async ({ cleanup }) => {
  const output = createOutput(options.json === true);
  const { colors, say } = output;
  const { cpuProf } = options;
  const loads = await measure({
    extent: options.quick ? QUICK : WHOLE,
    cleanup,
    nodeOptions: cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`],
    progress: (what) => process.stderr.write(`${what}\n`),
  });
  say(`${colors.bold('Enrolment by code, measured')}\n`);
  say(describe(loads, colors));
  await output.json({ ...figures(loads), cores: availableParallelism(), node: process.version });
  return 0;
});
