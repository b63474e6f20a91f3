import { ProvisionError, Secret } from '@org/domain';
import { namingSetting } from '@org/server/command-line';
import { rekeyStore } from '@org/store';
import { Command } from 'commander';
import { hostEnvironment } from '../../host-environment.js';
import { configuration } from '../configuration.js';
import { print } from '../../print.js';

const NEW_KEY = 'MG_PROVISION_NEW_STATE_KEY';

const HELP = `
The current key is read from MG_PROVISION_STATE_KEY or the key file, as the service does. The new
key is read from ${NEW_KEY}: 32 bytes in hexadecimal or base64. Running services
continue; after a restart they need the new key.

The state key encrypts a data key, which encrypts the data. The data key does not change: anyone who
has a copy of the database and the old state key can still read that copy.

Examples:
  $ export ${NEW_KEY}=$(openssl rand -hex 32)
  $ provision ca change-state-key`;

export const changeStateKeyCommand = (): Command =>
  new Command('change-state-key')
    .description('change the state key of the database')
    .addHelpText('after', HELP)
    .action(change);

async function change(): Promise<void> {
  const { state } = configuration();
  const key = hostEnvironment.env[NEW_KEY];
  if (!key) throw missing();
  await rekeyStore(state, new Secret(key)).catch(namingSetting(state));
  print(
    state.key
      ? 'Changed. Set MG_PROVISION_STATE_KEY to the new key on every replica before you restart it.\n'
      : `Changed. Write the new key to ${state.path}.key, or set MG_PROVISION_STATE_KEY, before you restart the service.\n`,
  );
}

const missing = (): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'state_key_missing',
    message: `${NEW_KEY} is not set; create a key with: openssl rand -hex 32`,
  });
