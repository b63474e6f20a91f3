import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { jsonOption } from '../../options.js';

const EXAMPLE = `
Example:
  $ provision ca show
  $ provision ca show --json | jq -r '.current[0].notAfter'`;

export const showCommand = (): Command =>
  new Command('show')
    .description('the chain, where its keys are, previous authorities, and what needs looking after')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(show);

async function show(options: { json?: boolean }): Promise<void> {
  const config = configuration();
  await withAuthority(config, async (authority) =>
    printAuthority(await describeAuthority(authority, config, Date.now()), options),
  );
}
