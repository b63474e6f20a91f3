import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { jsonOption } from '../../options.js';

const HELP = `
Shows every certificate with its fingerprint, and warnings: keys that others can read, keys that are
missing, authorities that end soon. It reads no private key, so it needs no passphrase.

Examples:
  $ provision ca show
  $ provision ca show --json | jq -r '.current[0].notAfter'`;

export const showCommand = (): Command =>
  new Command('show')
    .description('show the authority, where its keys are, previous authorities and warnings')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(show);

async function show(options: { json?: boolean }): Promise<void> {
  const config = configuration();
  await withAuthority(config, async (authority) =>
    printAuthority(await describeAuthority(authority, config, Date.now()), options),
  );
}
