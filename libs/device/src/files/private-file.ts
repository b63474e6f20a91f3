import { dirname } from 'node:path';
import { folderInTheWay } from './errors.js';
import type { FileSystem } from './file-system.js';

/** Where the new content of a file waits for its turn, in the same folder. */
export const newNameOf = (path: string): string => `${path}.new`;

/**
 * Writes a file so that at any instant, also after a power cut, it is the whole old or the whole new one: mode 0600,
 * in a folder that is made with mode 0700 where there is none. On failure nothing is left behind.
 *
 * @throws ProvisionError see FileSystem
 */
export async function writePrivate(files: FileSystem, path: string, content: string): Promise<void> {
  await stage(files, path, content);
  await files.rename(newNameOf(path), path);
  await files.syncFolder(dirname(path));
}

/**
 * The first half: the new content is on the disk, under its waiting name. That name itself is not durable yet.
 *
 * @throws ProvisionError see FileSystem; nothing is left behind then
 */
export async function stage(files: FileSystem, path: string, content: string): Promise<void> {
  // Found out now, while there is a way back: a rename onto a folder fails.
  if ((await files.facts(path))?.kind === 'folder') throw folderInTheWay(path);
  await files.makeFolder(dirname(path));
  // Left behind by a process that was stopped; never written into, whatever made it.
  await files.remove(newNameOf(path));
  try {
    await files.create(newNameOf(path), content);
  } catch (error) {
    await files.remove(newNameOf(path)).catch(() => undefined);
    throw error;
  }
}

/**
 * Finds out whether a file can be removed, if there is one: a process that may make a file beside it and remove that may remove
 * it, too, but for what others have in a folder that keeps everybody to their own (mode 1777).
 *
 * @throws ProvisionError see FileSystem; nothing is left behind then
 */
export async function assertRemovable(files: FileSystem, path: string): Promise<void> {
  if ((await files.facts(path)) === undefined) return;
  await stage(files, path, '');
  await files.remove(newNameOf(path));
}
