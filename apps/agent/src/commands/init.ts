import { nodeFileSystem, writePrivate } from '@org/device';
import { defaultSettingsFile } from '@org/device/settings';
import { ProvisionError } from '@org/domain';
import { EXIT } from '../exit-codes.js';
import { print } from '../output/print.js';
import { type Where, settingsPath } from '../settings/read.js';

/** `provision-agent init` */
export async function init(where: Where): Promise<number> {
  const { path } = settingsPath(where);
  await write(path, defaultSettingsFile());
  print(
    `${path} is written. Say in it where the server is (provisioning.grpc_url), and which root to trust\n` +
      '(provisioning.root_fingerprint); then: provision-agent doctor, provision-agent enrol.',
  );
  return EXIT.DONE;
}

/** Private, as it may come to hold a token or keys; whole or not at all; never over an existing file. */
async function write(path: string, text: string): Promise<void> {
  const files = nodeFileSystem();
  if (await files.facts(path)) {
    throw new ProvisionError({
      kind: 'conflict',
      code: 'settings_exist',
      message: `${path} exists already, and is left as it is; move it away first, or choose another path with --settings`,
    });
  }
  await writePrivate(files, path, text);
}
