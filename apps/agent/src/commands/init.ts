import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { defaultSettingsFile } from '@org/device/settings';
import { ProvisionError } from '@org/domain';
import { EXIT } from '../exit-codes.js';
import { print } from '../output/print.js';
import { type Where, settingsPath } from '../settings/read.js';

/** `provision-agent init` */
export async function init(where: Where): Promise<number> {
  const { path } = settingsPath(where);
  write(path, defaultSettingsFile());
  print(
    `${path} is written. Say in it where the server is (provisioning.grpc_url), and which root to trust\n` +
      '(provisioning.root_fingerprint); then: provision-agent doctor, provision-agent enrol.',
  );
  return EXIT.DONE;
}

/** Private, as it may come to hold a token or keys; never over an existing file. */
function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const { code = 'an error' } = cause as NodeJS.ErrnoException;
    throw new ProvisionError({
      kind: code === 'EEXIST' ? 'conflict' : 'unavailable',
      code: code === 'EEXIST' ? 'settings_exist' : 'settings_unwritable',
      message: REASONS[code]?.(path) ?? `${path}: it cannot be written (${code})`,
      cause,
    });
  }
}

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  EEXIST: (path) =>
    `${path} exists already, and is left as it is; move it away first, or choose another path with --settings`,
  EACCES: (path) =>
    `${path}: no permission to write there; choose another path with --settings, or another user`,
  EROFS: (path) => `${path}: the file system is read-only`,
  ENOSPC: (path) => `${path}: the disk is full`,
};
