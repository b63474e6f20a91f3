import { VERSION } from '@org/server';
import { Command } from 'commander';
import { changeStateKeyCommand } from './commands/change-state-key.js';
import { createCommand } from './commands/create.js';
import { crlCommand } from './commands/crl.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { listCommand } from './commands/list.js';
import { moveToDatabaseCommand } from './commands/move-to-database.js';
import { revokeCommand } from './commands/revoke.js';
import { rootKeyCommand } from './commands/root-key.js';
import { showCommand } from './commands/show.js';
import { signCommand } from './commands/sign.js';
import { succeedCommand } from './commands/succeed.js';
import { verifyLogCommand } from './commands/verify-log.js';
import { note } from './print.js';

const CONFIGURATION = `
Configured as provision-http is, by the same environment variables and TOML file: the authority is in the folder
MG_PROVISION_AUTHORITY_PATH or, with MG_PROVISION_AUTHORITY_STORE=database, in the database; its records are in
MG_PROVISION_STATE_PATH or the database.

Passphrases come from the environment only, as anybody on a machine can read command lines:
  MG_PROVISION_AUTHORITY_PASSPHRASE        of the keys in the authority's folder
  MG_PROVISION_AUTHORITY_KEY_PASSPHRASE    of a key that is imported, taken out or put back

Exit codes: 0 done, 1 failed, 2 wrong usage.

Example:
  $ provision-ca create --organization 'Example Ltd'
  $ provision-ca sign --machine gateway-7 gateway-7.csr > gateway-7.pem
  $ provision-ca sign --server --name mqtt.example.com broker.csr > broker.pem`;

/** The command line of `provision-ca`; parsing it runs a command. */
export function caProgram(): Command {
  const program = new Command('provision-ca')
    .description('Looks after the certificate authority that is built into Provision.')
    .version(VERSION)
    .addHelpText('after', CONFIGURATION);
  const commands = [
    createCommand(),
    showCommand(),
    importCommand(),
    exportCommand(),
    succeedCommand(),
    signCommand(),
    revokeCommand(),
    listCommand(),
    verifyLogCommand(),
    crlCommand(),
    moveToDatabaseCommand(),
    rootKeyCommand(),
    changeStateKeyCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands, ...commands.flatMap((each) => each.commands)]) {
    command.configureOutput({ writeErr: (text) => note(text.trimEnd()) });
    // Usage errors are thrown, for main to choose the exit code.
    command.exitOverride();
  }
  return program;
}
