import { Option, program } from 'commander';
import { createOutput, duration, runCommand } from '@org/harness';
import { runDemo } from './demo.js';
import { sayWhatToTry } from './keep.js';
import type { CertsBackend } from './stage.js';
import { StepFailed, Steps } from './steps.js';

const options = program
  .name('demo')
  .description(
    'Provisions a gateway with certificates, has the agent enrol a device by code, both from end to end against the Magistrala emulator, and checks all of it.',
  )
  .option('--json', 'print one JSON object on standard output, and progress on standard error')
  .option('--keep', 'leave everything running until Ctrl-C, and print commands to try')
  .addOption(
    new Option(
      '--certs <issuer>',
      "who issues certificates: the built-in authority, or Magistrala's certs service (enrolment is left out then)",
    )
      .choices(['builtin', 'magistrala'])
      .default('builtin'),
  )
  .parse()
  .opts<{ json?: true; keep?: true; certs: CertsBackend }>();

await runCommand(async ({ cleanup, untilStopped }) => {
  const output = createOutput(options.json === true);
  const { say, colors } = output;
  const steps = new Steps(output);
  const from = performance.now();
  say(`${colors.bold('Provision, from end to end')}\n`);
  if (options.certs !== 'builtin')
    say('Enrolment by code is left out: it needs the built-in authority (--certs builtin).\n');
  try {
    const { report, stage } = await runDemo(steps, { cleanup, output, certs: options.certs });
    const took = duration(performance.now() - from);
    say(`\n${colors.green(colors.bold('Everything checked'))}: ${steps.done.length} steps in ${took}.`);
    await output.json(report);
    if (!options.keep) return 0;
    await sayWhatToTry(stage, output);
    return await untilStopped();
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    say(`\n${colors.red(colors.bold('The demo failed'))} at "${error.step}": ${error.message}`);
    await output.json({ ok: false, step: error.step, message: error.message, steps: steps.done });
    return 1;
  }
});
