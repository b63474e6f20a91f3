import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ProvisionError } from '@org/domain';

/** Makes a folder that only its owner may enter. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Writes a file at once or not at all, for its owner's eyes only: temporary file, fsync, rename, fsync of the folder. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/**
 * Undefined when there is no such file.
 *
 * @throws ProvisionError `invalid` (`key_file_exposed`) when anybody but its owner may read or write it
 */
export function readPrivateFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  if (statSync(path).mode & 0o077)
    throw new ProvisionError({
      kind: 'invalid',
      code: 'key_file_exposed',
      message: `${path}: others may read or change it; replace the key if that may have happened, then chmod 600 it`,
    });
  return readFileSync(path, 'utf8');
}
