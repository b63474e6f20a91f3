import { formatProblem, isProvisionError, printable } from '@org/domain';
import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.js';
import { note } from './output/print.js';
import { SettingsError } from './settings/read.js';

const CODES: Readonly<Record<string, number>> = {
  settings_invalid: EXIT.MISUSED,
  // Settings, too, found out only when they are used.
  address_not_local: EXIT.MISUSED,
  pin_exposed: EXIT.MISUSED,
  pin_unreadable: EXIT.MISUSED,
  agent_busy: EXIT.BUSY,
};

/**
 * Says what went wrong.
 *
 * @returns the exit code
 */
export function report(error: unknown): number {
  // Commander has printed its message by then; help and version arrive here, too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.DONE : EXIT.MISUSED;
  if (error instanceof Error && error.name === 'AbortError') {
    note('Interrupted.');
    return EXIT.INTERRUPTED;
  }
  if (!isProvisionError(error)) {
    // A defect; its stack helps.
    note(`error: ${error instanceof Error ? error.stack : String(error)}`);
    return EXIT.FAILED;
  }
  const lines = error instanceof SettingsError ? error.problems.map(formatProblem) : [error.message];
  for (const line of lines) note(`error: ${printable(line)}`);
  return CODES[error.code] ?? EXIT.FAILED;
}
