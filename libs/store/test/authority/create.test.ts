import { afterAll, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AuthorityFolder,
  DatabaseAuthority,
  RecordedFolder,
  type Store,
  createAuthority,
  currentAuthority,
  openStore,
  previousAuthorities,
} from '../../src/index.js';
import { newPath, removeFiles } from '../support/databases.js';
import { killProcesses, together } from '../support/processes.js';

const open: Store[] = [];
afterAll(async () => {
  killProcesses();
  for (const store of open) await store.close();
  removeFiles();
});

const plan = { organization: 'Test', algorithm: 'P-256', now: Date.now() } as const;

async function recordIn(path: string) {
  const store = await openStore({ path, key: undefined });
  open.push(store);
  return store.authority;
}

async function inFolder(path: string) {
  return new RecordedFolder(new AuthorityFolder(path, undefined), await recordIn(newPath()));
}

const newFolder = () => join(dirname(newPath()), 'authority');
const wordsOf = (ends: readonly { said: string; trouble: string }[]) =>
  ends.map(({ said, trouble }) => said.trim() + trouble).sort();

it('of processes that make an authority in one folder at the same time, one does, and no keys of others stay', async () => {
  const path = newPath();
  const folder = newFolder();
  const ends = await together(6, './founding-process.ts', path, folder);
  expect(wordsOf(ends)).toEqual([...Array.from({ length: 5 }, () => 'authority_exists'), 'made']);
  const store = new RecordedFolder(new AuthorityFolder(folder, undefined), await recordIn(path));
  const { current } = (await store.confirmed())!;
  const keys = current.map((each) => `${each.subjectKeyId!.toString('hex')}.key`).sort();
  expect(readdirSync(join(folder, 'keys')).sort()).toEqual(keys);
  expect(readdirSync(folder).sort()).toEqual(['keys', 'trust-anchors.json']);
  expect((await currentAuthority(store, Date.now())).certificate.der).toEqual(current[0]!.der);
});

it('of processes that make an authority in one database at the same time, one does', async () => {
  const path = newPath();
  const ends = await together(6, './founding-process.ts', path);
  expect(wordsOf(ends)).toEqual([...Array.from({ length: 5 }, () => 'authority_exists'), 'made']);
  const store = new DatabaseAuthority(await recordIn(path));
  await expect(currentAuthority(store, Date.now())).resolves.toBeDefined();
});

it('of processes with folders of their own, one makes the authority, and the others leave nothing behind', async () => {
  const path = newPath();
  const folders = Array.from({ length: 3 }, newFolder);
  const all = await Promise.all(folders.map((folder) => together(1, './founding-process.ts', path, folder)));
  const words = wordsOf(all.flat());
  expect(words.filter((word) => word === 'made')).toHaveLength(1);
  const record = await recordIn(path);
  const stores = folders.map((folder) => new RecordedFolder(new AuthorityFolder(folder, undefined), record));
  const ends = await Promise.allSettled(stores.map((store) => currentAuthority(store, Date.now())));
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ends)
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'authority_of_another' });
  const anchors = await Promise.all(stores.map((store) => store.anchors()));
  expect(anchors.filter(Boolean)).toHaveLength(1);
});

it('is not kept from making one by what a power cut left of an attempt', async () => {
  const path = newFolder();
  mkdirSync(join(path, 'keys'), { recursive: true });
  const left = ['trust-anchors.json.new', 'keys/0a.key', 'keys/0b.key.new'];
  for (const name of left) writeFileSync(join(path, name), 'half');
  const store = await inFolder(path);
  expect(await store.anchors()).toBeUndefined();
  await createAuthority(store, plan);
  await expect(currentAuthority(store, Date.now())).resolves.toBeDefined();
  expect(await previousAuthorities(store, Date.now())).toEqual([]);
});

it.each(['', '/below'])('says what is wrong where a file is in its way: path%s', async (below) => {
  const path = newFolder();
  writeFileSync(path, '');
  await expect(createAuthority(await inFolder(path + below), plan)).rejects.toMatchObject({
    kind: 'invalid',
    code: 'authority_path_invalid',
    message: expect.stringMatching(`^${path + below}: a file is where a folder has to be`) as unknown,
  });
});

it('gives no two authorities the same name, and one for the longest organisation', async () => {
  const organization = 'Ö'.repeat(64);
  const names = new Set<string>();
  for (let n = 0; n < 2; n += 1) {
    const store = await inFolder(newFolder());
    const { current } = await createAuthority(store, { ...plan, organization });
    for (const { subject } of current) names.add(subject.toString('hex'));
  }
  expect(names.size).toBe(4);
});
