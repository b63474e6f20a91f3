import { readFileSync, readdirSync } from 'node:fs';

/** Files of this machine that an operator has written: what is not there is undefined, what cannot be read throws. */
export const localFiles = {
  /** Not decoded: what is in it may be text of any kind, or DER. */
  readFile: (path: string): Buffer | undefined => unlessMissing(() => readFileSync(path)),
  /** The names of what is right inside a folder. */
  listFolder: (path: string): string[] | undefined => unlessMissing(() => readdirSync(path)),
};

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
