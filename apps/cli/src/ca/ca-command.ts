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

const CONFIGURATION = `
These commands read the same environment variables and TOML file as provision-http. The authority is
in the folder MG_PROVISION_AUTHORITY_PATH or, with MG_PROVISION_AUTHORITY_STORE=database, in the
database. Its records are in MG_PROVISION_STATE_PATH or in the database.

Passphrases come from the environment only, because every user of a machine can read command lines:
  MG_PROVISION_AUTHORITY_PASSPHRASE        for the keys in the authority's folder
  MG_PROVISION_AUTHORITY_KEY_PASSPHRASE    for a key that you import, take out or put back

Examples:
  $ provision ca create --organization 'Example Ltd'
  $ provision ca sign --machine gateway-7 gateway-7.csr > gateway-7.pem
  $ provision ca sign --server --name mqtt.example.com broker.csr > broker.pem`;

const COMMANDS = [
  createCommand,
  showCommand,
  importCommand,
  exportCommand,
  succeedCommand,
  signCommand,
  revokeCommand,
  listCommand,
  verifyLogCommand,
  crlCommand,
  moveToDatabaseCommand,
  rootKeyCommand,
  changeStateKeyCommand,
];

export function caCommand(): Command {
  const ca = new Command('ca')
    .description('manage the built-in certificate authority')
    .addHelpText('after', CONFIGURATION);
  for (const command of COMMANDS) ca.addCommand(command());
  return ca;
}
