import { readFileSync } from 'node:fs';
import type { Surroundings } from '@org/server';

/** The environment and files of this process. */
export const surroundings: Surroundings = {
  env: process.env,
  readFile(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
};
