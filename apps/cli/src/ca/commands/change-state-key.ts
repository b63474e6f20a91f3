import { ProvisionError, Secret } from '@org/domain';
import { namingSetting } from '@org/server';
import { rekeyStore } from '@org/store';
import { Command } from 'commander';
import { hostEnvironment } from '../../host-environment.js';
import { configuration } from '../configuration.js';
import { print } from '../../print.js';

const NEW_KEY = 'MG_PROVISION_NEW_STATE_KEY';

const EXAMPLE = `
The key of now is taken from MG_PROVISION_STATE_KEY or the key file, as the service does; the new one from
${NEW_KEY}: 32 bytes, hexadecimal or base64. Services that run go on; who starts
needs the new key.

What is sealed is sealed with a data key, and that with the state key. So who has a copy of the database
and the old key can still open that copy.

Example:
  $ export ${NEW_KEY}=$(openssl rand -hex 32)
  $ provision ca change-state-key`;

export const changeStateKeyCommand = (): Command =>
  new Command('change-state-key')
    .description('have another state key open the database from now on')
    .addHelpText('after', EXAMPLE)
    .action(change);

async function change(): Promise<void> {
  const { state } = configuration();
  const key = hostEnvironment.env[NEW_KEY];
  if (!key) throw missing();
  await rekeyStore(state, new Secret(key)).catch(namingSetting(state));
  print(
    state.key
      ? 'Changed. Set MG_PROVISION_STATE_KEY to the new key for every replica before it is restarted.\n'
      : `Changed. Put the new key into ${state.path}.key, or into MG_PROVISION_STATE_KEY, before a restart.\n`,
  );
}

const missing = (): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'state_key_missing',
    message: `${NEW_KEY} is not set; make a key with: openssl rand -hex 32`,
  });
