import { InvalidArgumentError, program } from 'commander';
import { createOutput, duration, runCommand } from '@org/harness';
import type { AttackCase } from './case.js';
import { CASES } from './cases/index.js';
import { describe, reportOf } from './report.js';
import { runAttacks } from './run.js';

const options = program
  .name('attack')
  .description(
    'Attacks both apps as they are installed, on this machine alone: bodies, connections, slowness, rights, ' +
      'codes, tickets and texts. Each case says what it does, what has to hold, and what was seen.',
  )
  .option('--json', 'print one JSON object on standard output')
  .option('--short', 'only the cases that would hurt most: for every commit')
  .option('--only <beginning>', 'only cases whose name begins so', chooseCases)
  .addHelpText(
    'after',
    () => `\nCases:\n${CASES.map(({ id, does }) => `  ${id.padEnd(30)} ${does}`).join('\n')}`,
  )
  .parse()
  .opts<{ json?: true; short?: true; only?: readonly AttackCase[] }>();

function chooseCases(beginning: string): readonly AttackCase[] {
  const cases = CASES.filter(({ id }) => id.startsWith(beginning));
  if (cases.length === 0) throw new InvalidArgumentError(`one of ${CASES.map(({ id }) => id).join(', ')}`);
  return cases;
}

await runCommand(async ({ cleanup }) => {
  const output = createOutput(options.json === true);
  const { say, colors } = output;
  const { only = CASES, short = false } = options;
  const from = performance.now();
  say(`${colors.bold('What attackers can do to the apps')}\n`);
  const results = await runAttacks(short ? only.filter((each) => each.short) : only, {
    cleanup,
    progress: (result) => say(`${describe(result, colors)}\n`),
  });
  const report = reportOf(results);
  const { cases, held, fell } = report;
  say(duration(performance.now() - from));
  const last = `attack: ${cases} cases, ${held} held, ${fell} fell`;
  say(fell === 0 ? colors.green(last) : colors.red(last));
  await output.json(report);
  return fell === 0 ? 0 : 1;
});
