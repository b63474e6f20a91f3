import { Command } from 'commander';
import { authorityFolder, configuration } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { jsonOption } from '../options.js';

const EXAMPLE = `
Example:
  $ provision-ca show
  $ provision-ca show --json | jq -r '.current[0].notAfter'`;

export const showCommand = (): Command =>
  new Command('show')
    .description('the chain, where its keys are, previous authorities, and what needs looking after')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(show);

function show(options: { json?: boolean }): void {
  const config = configuration();
  printAuthority(describeAuthority(authorityFolder(config), config, Date.now()), options);
}
