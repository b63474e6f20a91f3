import { createAuthority } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { type FoundingOptions, addFoundingOptions, foundingPlan } from '../options.js';
import { jsonOption } from '../../options.js';

const EXAMPLE = `
Example:
  $ MG_PROVISION_AUTHORITY_PATH=/var/lib/provision/authority \\
    provision ca create --organization 'Example Ltd' --algorithm P-384 --issuing-lifetime 17520h

The root's key may be taken out afterwards (root-key take): it is needed for "succeed" only.`;

export const createCommand = (): Command =>
  addFoundingOptions(new Command('create'), 'as configured')
    .description('make a root and an issuing authority below it')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(create);

async function create(options: FoundingOptions & { json?: boolean }): Promise<void> {
  const config = configuration();
  const now = Date.now();
  await withAuthority(config, async (authority) => {
    await createAuthority(authority, foundingPlan(config.authority, options, now));
    printAuthority(await describeAuthority(authority, config, now), options);
  });
}
