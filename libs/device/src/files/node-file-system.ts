import * as node from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from './errors.js';
import type { FileFacts, FileSystem } from './file-system.js';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** The calls of `node:fs/promises` that are made. */
type NodeFiles = Pick<typeof node, 'mkdir' | 'open' | 'readFile' | 'rename' | 'rm' | 'stat'>;

/** @param files to stand in for the disk, as a full one is hard to come by */
export function nodeFileSystem(files: NodeFiles = node): FileSystem {
  return {
    // Not by `readText`: these are the agent's own files, and a power cut may have left anything in them.
    read: (path) => tell(path, orNothing(files.readFile(path, 'utf8'))),
    facts: async (path) => {
      const stats = await tell(path, orNothing(files.stat(path)));
      return stats && { kind: kindOf(stats), mode: stats.mode & 0o7777, owner: stats.uid };
    },
    create: (path, content) => tell(path, create(files, path, content)),
    rename: (from, to) => tell(to, files.rename(from, to)),
    remove: (path) => tell(path, files.rm(path, { force: true })),
    makeFolder: (path) => tell(path, makeFolder(files, path)),
    syncFolder: (path) => tell(path, syncFolder(files, path)),
  };
}

async function create(files: NodeFiles, path: string, content: string): Promise<void> {
  const file = await files.open(path, 'wx', PRIVATE_FILE);
  try {
    await file.writeFile(content, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** One after the other: where Node makes several at once, it says ENOENT whatever the reason. */
async function makeFolder(files: NodeFiles, path: string): Promise<void> {
  const existing = await orNothing(files.stat(path));
  if (existing?.isDirectory()) return;
  if (existing) throw Object.assign(new Error('a file'), { code: 'ENOTDIR' });
  const above = dirname(path);
  if (above !== path) await makeFolder(files, above);
  await files.mkdir(path, { mode: PRIVATE_FOLDER }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await syncFolder(files, above);
}

async function syncFolder(files: NodeFiles, path: string): Promise<void> {
  const folder = await files.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** ENOTDIR: something above is a file, so there is nothing here either; writing will say so. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

const orNothing = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if (ABSENT.has(codeOf(error))) return undefined;
    throw error;
  });

const tell = <T>(path: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw fileError(path, error);
  });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

const kindOf = (stats: { isFile(): boolean; isDirectory(): boolean }): FileFacts['kind'] =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
