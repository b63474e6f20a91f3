import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { assertPrivate } from './file-modes.js';

/** Makes a folder that only its owner may enter. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Writes a file at once or not at all, for its owner's eyes only, in the place of one that is there. */
export const writePrivateFile = (path: string, text: string): void => place(path, text, renameSync);

/**
 * Likewise, but leaves alone what is there: of several processes that try at the same time one succeeds.
 *
 * @returns whether it was this one
 */
export function createPrivateFile(path: string, text: string): boolean {
  try {
    place(path, text, linkSync);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Temporary file (of a name of its own: others may be writing the same), fsync, its name, fsync of the folder: the name
 * must survive a power cut too, or what the key opens could outlive it.
 */
function place(path: string, text: string, name: (from: string, to: string) => void): void {
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    name(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/**
 * Undefined when there is no such file.
 *
 * @throws ProvisionError `invalid` (`key_file_exposed`) when anybody but its owner may read or write it
 */
export function readPrivateFile(path: string): Buffer | undefined {
  if (!existsSync(path)) return undefined;
  assertPrivate(path, 'key_file_exposed');
  return readFileSync(path);
}
