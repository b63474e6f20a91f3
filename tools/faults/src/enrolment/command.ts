import { type Cleanup, duration, type Output } from '@org/harness';
import { describe, reportOf } from './report.js';
import { runEnrolmentFaults } from './run.js';

/** `faults --enrolment`. @returns the exit code */
export async function enrolmentFaults(
  output: Output,
  { quick, cleanup }: { readonly quick: boolean; readonly cleanup: Cleanup },
): Promise<number> {
  const { say, colors } = output;
  const from = performance.now();
  say(`${colors.bold('What is left when the apps are killed during an enrolment')}\n`);
  say('Afterwards each device finishes with its key: one live certificate, one gateway, nothing else.');
  if (!quick) say('An approval that was cut off is taken up after a minute: this takes about two.');
  say();
  const progress = (what: string) => process.stderr.write(`${what}\n`);
  const report = reportOf(await runEnrolmentFaults({ quick, cleanup, progress }));
  say(describe(report, colors));
  const good = report.failures.length === 0;
  const { kills, devices, finished, orphans, duplicates } = report;
  say(`\n${duration(performance.now() - from)}`);
  const last = `enrolment: ${kills} killed, ${finished} of ${devices} devices finished, ${orphans} orphans, ${duplicates} duplicates`;
  say(good ? colors.green(last) : colors.red(last));
  await output.json(report);
  return good ? 0 : 1;
}
