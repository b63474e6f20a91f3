import { createAuthority } from '@org/store';
import { Command } from 'commander';
import { configuration, withNewAuthority } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { type FoundingOptions, addFoundingOptions, foundingPlan } from '../options.js';
import { jsonOption } from '../../options.js';

const HELP = `
The root's private key is needed only to replace the authority (provision ca succeed). Move it to a
safe place afterwards. In a folder it is a file; for the database, see provision ca root-key.

Examples:
  $ provision ca create --organization 'Example Ltd'
  $ MG_PROVISION_AUTHORITY_PATH=/var/lib/provision/authority \\
    provision ca create --organization 'Example Ltd' --algorithm P-384 --issuing-lifetime 17520h`;

export const createCommand = (): Command =>
  addFoundingOptions(new Command('create'), 'from the configuration')
    .description('create a root authority and an issuing authority below it')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(create);

async function create(options: FoundingOptions & { json?: boolean }): Promise<void> {
  const config = configuration();
  const now = Date.now();
  await withNewAuthority(config, async (authority) => {
    await createAuthority(authority, foundingPlan(config.authority, options, now));
    printAuthority(await describeAuthority(authority, config, now), options);
  });
}
