import { InvalidArgumentError, Option, program } from 'commander';
import { createOutput, duration, runCommand } from '@org/harness';
import { enrolmentFaults } from './enrolment/command.js';
import { runFaults } from './provisioning/faults.js';
import { FAULT_KINDS, type FaultKind } from './provisioning/kinds.js';
import { startProgress } from './provisioning/progress.js';
import { describe, reportOf } from './provisioning/report.js';
import { postgres, sqlite } from './provisioning/state.js';

const options = program
  .name('faults')
  .description(
    'Provisions gateways against the Magistrala emulator, and lets every outbound call go wrong in every way, ' +
      'with real processes. Afterwards a gateway must be complete, or nothing of it may exist.',
  )
  .option('--json', 'print one JSON object on standard output')
  .option('--only <kind>', 'only kinds of fault whose name begins so', chooseKinds)
  .option('--quick', 'a sample: one way to provision, two of its calls')
  .option('--every <number>', 'only every so many cases', wholeNumber, 1)
  .option('--enrolment', 'instead: enrol devices by code, and kill the apps at every point of it')
  .addOption(new Option('--postgres', 'keep state in PostgreSQL instead of SQLite').conflicts('enrolment'))
  .option('--lanes <number>', 'emulators and apps at a time, for each way to provision', wholeNumber, 3)
  .addHelpText(
    'after',
    () =>
      `\nKinds of fault:\n${FAULT_KINDS.map(({ id, label }) => `  ${id.padEnd(22)} ${label}`).join('\n')}`,
  )
  .parse()
  .opts<{
    json?: true;
    only?: readonly FaultKind[];
    quick?: true;
    enrolment?: true;
    postgres?: true;
    every: number;
    lanes: number;
  }>();

const WHOLE =
  'With certificates and without, with bindings and without: every outbound call in turn, each kind of fault';
const SAMPLED = 'With certificates and bindings: a sample of the outbound calls, each kind of fault';

function chooseKinds(beginning: string): readonly FaultKind[] {
  const kinds = FAULT_KINDS.filter(({ id }) => id.startsWith(beginning));
  if (kinds.length === 0)
    throw new InvalidArgumentError(`one of ${FAULT_KINDS.map(({ id }) => id).join(', ')}`);
  return kinds;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 99');
  return Number(text);
}

await runCommand(async ({ cleanup }) => {
  const output = createOutput(options.json === true);
  const { say, colors } = output;
  if (options.enrolment) return enrolmentFaults(output, { quick: options.quick === true, cleanup });
  const { only: kinds = FAULT_KINDS, quick = false, every, lanes } = options;
  const from = performance.now();
  say(`${colors.bold('What is left when a provisioning goes wrong')}\n`);
  const part = every === 1 ? '' : `, one case in ${every}`;
  say(`${quick ? SAMPLED : WHOLE}${part}. Afterwards a gateway is complete, or nothing of it exists.\n`);
  const progress = startProgress();
  const newState = options.postgres ? await postgres(cleanup) : sqlite;
  const results = await runFaults({ kinds, quick, every, lanes, cleanup, newState, progress: progress.show });
  progress.end();

  const report = reportOf(results);
  say(describe(report, { kinds, colors }));
  const good = report.failures.length === 0;
  const { injected, orphans, duplicates, remnants, unreportedRemnants } = report;
  say(`\n${duration(performance.now() - from)}`);
  const last =
    `faults: ${injected} injected, ${orphans} orphans, ${duplicates} duplicates, ` +
    `${remnants} remnants of the platform, ${unreportedRemnants} of them not on record`;
  say(good ? colors.green(last) : colors.red(last));
  await output.json(report);
  return good ? 0 : 1;
});
