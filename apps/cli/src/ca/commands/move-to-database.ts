import { AuthorityFolder, RecordedFolder } from '@org/store';
import { Command } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { print } from '../../print.js';

const EXAMPLE = `
Run it where the folder is, configured as the service is. Afterwards set MG_PROVISION_AUTHORITY_STORE=database
for every replica and restart it: it then needs the database URL and the state key only. The folder stays as it
is; keep it as a copy in a safe place.

Example:
  $ provision ca move-to-database`;

export const moveToDatabaseCommand = (): Command =>
  new Command('move-to-database')
    .description("put the authority's keys, which are in a folder, into the database, sealed")
    .addHelpText('after', EXAMPLE)
    .action(move);

async function move(): Promise<void> {
  const config = configuration();
  const { path, passphrase } = config.authority;
  await withStore(config, ({ authority }) =>
    new RecordedFolder(new AuthorityFolder(path, passphrase), authority).moveToDatabase(),
  );
  print('The authority is kept in the database now. Set MG_PROVISION_AUTHORITY_STORE=database.\n');
}
