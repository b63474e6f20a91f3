import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

const made: string[] = [];

/** A real, empty folder that is removed after the tests of the file. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'device-'));
  made.push(folder);
  return folder;
}

export function copyOf(folder: string): string {
  const copy = aFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});
