import { readFileSync, readdirSync } from 'node:fs';
import type { Surroundings } from '@org/server';

/** The environment and files of this process. */
export const surroundings: Surroundings = {
  env: process.env,
  readFile: (path) => unlessMissing(() => readFileSync(path, 'utf8')),
  listFolder: (path) => unlessMissing(() => readdirSync(path)),
};

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
