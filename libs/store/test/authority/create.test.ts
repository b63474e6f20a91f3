import { afterAll, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AuthorityFolder, createAuthority } from '../../src/index.js';
import { newPath, removeFiles } from '../support/databases.js';
import { killProcesses, together } from '../support/processes.js';

afterAll(() => {
  killProcesses();
  removeFiles();
});

const newFolder = () => join(dirname(newPath()), 'authority');
const plan = { organization: 'Test', algorithm: 'P-256', now: Date.now() } as const;

it('of processes that make an authority in one folder at the same time, one does, and no keys of others stay', async () => {
  const path = newFolder();
  const ends = await together(6, './founding-process.ts', path);
  const said = ends.map((end) => end.said.trim() + end.trouble).sort();
  expect(said).toEqual([...Array.from({ length: 5 }, () => 'authority_exists'), 'made']);
  const folder = new AuthorityFolder(path, undefined);
  const { current } = folder.anchors();
  const keys = current.map((each) => `${each.subjectKeyId!.toString('hex')}.key`).sort();
  expect(readdirSync(join(path, 'keys')).sort()).toEqual(keys);
  expect(readdirSync(path).sort()).toEqual(['keys', 'trust-anchors.json']);
  expect((await folder.current(Date.now())).certificate.der).toEqual(current[0]!.der);
});

it('is not kept from making one by what a power cut left of an attempt', async () => {
  const path = newFolder();
  mkdirSync(join(path, 'keys'), { recursive: true });
  const left = ['trust-anchors.json.new', 'keys/0a.key', 'keys/0b.key.new'];
  for (const name of left) writeFileSync(join(path, name), 'half');
  const folder = new AuthorityFolder(path, undefined);
  expect(folder.exists()).toBe(false);
  await createAuthority(folder, plan);
  await expect(folder.current(Date.now())).resolves.toBeDefined();
  expect(folder.previous(Date.now())).toEqual([]);
});

it.each(['', '/below'])('says what is wrong where a file is in its way: path%s', async (below) => {
  const path = newFolder();
  writeFileSync(path, '');
  const made = createAuthority(new AuthorityFolder(path + below, undefined), plan);
  await expect(made).rejects.toMatchObject({
    kind: 'invalid',
    code: 'authority_path_invalid',
    message: expect.stringMatching(`^${path + below}: a file is where a folder has to be`) as unknown,
  });
});
