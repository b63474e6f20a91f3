import { AuthorityFolder, RecordedFolder } from '@org/store';
import { Command } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { print } from '../../print.js';

const HELP = `
Run it on the machine that has the folder, with the configuration of the service. Then set
MG_PROVISION_AUTHORITY_STORE=database for every replica and restart it: a replica then needs only
the database URL and the state key. The folder is not changed; keep it as a backup in a safe place.

Examples:
  $ provision ca move-to-database`;

export const moveToDatabaseCommand = (): Command =>
  new Command('move-to-database')
    .description('move the keys of the authority from the folder to the database, encrypted')
    .addHelpText('after', HELP)
    .action(move);

async function move(): Promise<void> {
  const config = configuration();
  const { path, passphrase } = config.authority;
  await withStore(config, ({ authority }) =>
    new RecordedFolder(new AuthorityFolder(path, passphrase), authority).moveToDatabase(),
  );
  print('The authority is in the database now. Set MG_PROVISION_AUTHORITY_STORE=database.\n');
}
