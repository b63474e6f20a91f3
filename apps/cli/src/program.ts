import { EXIT_CODES, VERSION } from '@org/server/command-line';
import { Command } from 'commander';
import { caCommand } from './ca/ca-command.js';
import { explainCommand } from './explain/explain-command.js';
import { note } from './print.js';

const MORE = `
${EXIT_CODES}

Examples:
  $ provision ca show
  $ provision explain token_ends_too_soon
  $ provision ca sign --help`;

/** The command line of `provision`; parsing it runs a command. */
export function provisionProgram(): Command {
  const program = new Command('provision')
    .description('The command line for operators of Provision.')
    .version(VERSION, '-v, --version')
    .addHelpText('after', MORE)
    .addCommand(caCommand())
    .addCommand(explainCommand());
  throwUsageErrors(program);
  return program;
}

/** Usage errors are thrown, for main to choose the exit code. @param above names of the commands that it is one of */
function throwUsageErrors(command: Command, above: readonly string[] = []): void {
  const names = [...above, command.name()];
  command.configureOutput({ writeErr: (text) => note(text.trimEnd()) });
  command.showHelpAfterError(`see: ${names.join(' ')} --help`);
  command.exitOverride();
  for (const each of command.commands) throwUsageErrors(each, names);
}
