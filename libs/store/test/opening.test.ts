import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openStore } from '../src/index.js';
import { newPath, removeFiles } from './support/databases.js';
import { killProcesses, readyProcess, together } from './support/processes.js';

afterAll(() => {
  killProcesses();
  removeFiles();
});

it('is opened by any number of processes that start together on a new file', async () => {
  const ends = await together(8, './opening-process.ts', newPath());
  for (const end of ends) expect(end).toMatchObject({ code: 0, trouble: '' });
  // All with the same key.
  expect(new Set(ends.map(({ said }) => said)).size).toBe(1);
});

it.each([1, 3, 4, 7, 12, 20])(
  'opens after a process died at change %s of the schema of a new file',
  async (n) => {
    const path = newPath();
    const die = await readyProcess('./opening-process.ts', path, String(n));
    expect(await die()).toMatchObject({ signal: 'SIGKILL' });
    const store = await openStore({ path, key: undefined });
    expect(await store.machines.countByState()).toEqual({});
    await store.close();
  },
);

describe('a path that cannot be used', () => {
  const folder = () => dirname(newPath());
  const junk = () => {
    const path = newPath();
    writeFileSync(path, 'not a database at all'.repeat(100), { mode: 0o600 });
    return path;
  };
  it.each([
    ['a file of something else', junk, 'this is not a SQLite database'],
    ['a folder', folder, 'this is a folder'],
    ['a file in a folder that is not there', () => join(folder(), 'none', 'state.db'), 'does not exist'],
    ['a file in what is no folder', () => join(junk(), 'state.db'), 'a file is where a folder has to be'],
  ])('is refused with advice, and nothing is put beside it: %s', async (_, make, advice) => {
    const path = make();
    await expect(openStore({ path, key: undefined })).rejects.toMatchObject({
      kind: 'invalid',
      code: 'state_path_invalid',
      message: expect.stringMatching(`^${path}: .*${advice}.*; .*choose`) as unknown,
    });
    expect(existsSync(`${path}.key`)).toBe(false);
  });
});
