import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateKey } from '@org/x509';
import {
  AuthorityFolder,
  type AuthorityStore,
  DatabaseAuthority,
  RecordedFolder,
  type Store,
  adoptAuthority,
  createAuthority,
  currentAuthority,
  openStore,
  previousAuthorities,
  succeedAuthority,
} from '../../src/index.js';
import { newKey, newPath, newPostgresUrl, openPostgres, removeFiles } from '../support/databases.js';
import { dumpOfServer } from '../support/dump.js';

afterAll(removeFiles);

const now = Date.now();
const DAY_MS = 86_400_000;
const plan = { organization: 'Test', algorithm: 'P-256', now } as const;
const succession = { ...plan, newRoot: false, servedUntil: now + DAY_MS };
const newFolder = () => join(dirname(newPath()), 'authority');

const folderOver = ({ authority }: Store, path: string) =>
  new RecordedFolder(new AuthorityFolder(path, undefined), authority);
const fingerprint = async (store: AuthorityStore) => (await store.confirmed())?.current[0]!.fingerprint;

const databases: [string, () => Promise<() => Promise<Store>>][] = [
  [
    'SQLite',
    async () => {
      const path = newPath();
      return () => openStore({ path, key: undefined });
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const { store, options } = await openPostgres();
      const first = [store];
      return async () => first.pop() ?? openStore(options);
    },
  ],
];

describe.each(databases)('over %s', (_, newDatabase) => {
  let open: () => Promise<Store>;
  let stores: Store[];
  /** Another process on the same database. */
  const replica = async () => {
    const store = await open();
    stores.push(store);
    return store;
  };
  beforeEach(async () => {
    open = await newDatabase();
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
  });

  describe.each<[string, () => (store: Store) => AuthorityStore]>([
    [
      'in a folder',
      () => {
        const folder = newFolder();
        return (store) => folderOver(store, folder);
      },
    ],
    ['in the database', () => (store) => new DatabaseAuthority(store.authority)],
  ])('an authority %s', (_place, newPlace) => {
    it('is made once, issues, and is succeeded, and other processes know all of it', async () => {
      const placeOf = newPlace();
      const one = placeOf(await replica());
      expect(await one.confirmed()).toBeUndefined();
      await createAuthority(one, plan);
      await expect(createAuthority(one, plan)).rejects.toMatchObject({ code: 'authority_exists' });
      const first = await currentAuthority(placeOf(await replica()), now);
      const other = placeOf(await replica());
      await succeedAuthority(other, { ...succession, newRoot: true });
      const second = await currentAuthority(one, now);
      expect(second.certificate.fingerprint).not.toBe(first.certificate.fingerprint);
      expect(second.chain[0]!.fingerprint).not.toBe(first.chain[0]!.fingerprint);
      const [previous, ...more] = await previousAuthorities(one, now);
      expect(previous!.certificate.fingerprint).toBe(first.certificate.fingerprint);
      expect(more).toEqual([]);
      expect(await one.keyState(second.certificate)).toBe('present');
    });

    it('is succeeded by one where two try at the same time', async () => {
      const placeOf = newPlace();
      await createAuthority(placeOf(await replica()), plan);
      const both = await Promise.allSettled(
        [await replica(), await replica()].map((store) => succeedAuthority(placeOf(store), succession)),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const each of both)
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'authority_contended' });
      const place = placeOf(await replica());
      expect((await place.confirmed())!.previous).toHaveLength(1);
      await expect(currentAuthority(place, now)).resolves.toBeDefined();
    });

    it('is not overwritten by one that is imported at the instant of the first start', async () => {
      const elsewhere = folderOver(await openStore({ path: newPath(), key: undefined }), newFolder());
      await createAuthority(elsewhere, plan);
      const imported = await currentAuthority(elsewhere, now);
      const keyed = { certificate: imported.certificate, key: await generateKey() };
      const placeOf = newPlace();
      const one = placeOf(await replica());
      const other = placeOf(await replica());
      const both = await Promise.allSettled([
        createAuthority(one, plan),
        adoptAuthority(other, keyed, imported.chain),
      ]);
      expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const each of both)
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'authority_exists' });
      expect(await fingerprint(one)).toBe(await fingerprint(other));
      // And not by one that comes later either.
      await expect(adoptAuthority(one, keyed, imported.chain)).rejects.toMatchObject({
        code: 'authority_exists',
      });
    });
  });

  it('a folder with another authority is refused, and says which and what to do', async () => {
    const store = await replica();
    const right = folderOver(store, newFolder());
    await createAuthority(right, plan);
    const stranger = newFolder();
    await createAuthority(folderOver(await openStore({ path: newPath(), key: undefined }), stranger), plan);
    const wrong = folderOver(store, stranger);
    const mine = (await wrong.anchors())!.current[0]!.fingerprint;
    const known = await fingerprint(right);
    await expect(currentAuthority(wrong, now)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'authority_of_another',
      message: expect.stringMatching(`^${stranger}: .*${mine}.*${known}.*Copy the folder`) as unknown,
    });
  });

  it('an empty folder is refused where the installation has an authority, and makes none', async () => {
    const store = await replica();
    await createAuthority(folderOver(store, newFolder()), plan);
    const empty = newFolder();
    await expect(createAuthority(folderOver(store, empty), plan)).rejects.toMatchObject({
      code: 'authority_of_another',
      message: expect.stringMatching(`^${empty}: there is no authority here.*Copy its folder`) as unknown,
    });
    expect(await folderOver(store, empty).anchors()).toBeUndefined();
  });

  it('a folder from before a succession is refused until the folder of after it is copied', async () => {
    const store = await replica();
    const [there, here] = [newFolder(), newFolder()];
    await createAuthority(folderOver(store, there), plan);
    cpSync(there, here, { recursive: true });
    await succeedAuthority(folderOver(store, there), succession);
    await expect(currentAuthority(folderOver(store, here), now)).rejects.toMatchObject({
      code: 'authority_superseded',
      message: expect.stringMatching(`^${here}: .*succeeded`) as unknown,
    });
    // The new key is all that it lacks.
    cpSync(join(there, 'keys'), join(here, 'keys'), { recursive: true });
    await expect(currentAuthority(folderOver(store, here), now)).resolves.toBeDefined();
    expect(readFileSync(join(here, 'trust-anchors.json'), 'utf8')).toBe(
      readFileSync(join(there, 'trust-anchors.json'), 'utf8'),
    );
  });

  it('a succession that a crash has cut off is completed', async () => {
    const store = await replica();
    const path = newFolder();
    const place = folderOver(store, path);
    await createAuthority(place, plan);
    const before = readFileSync(join(path, 'trust-anchors.json'));
    await succeedAuthority(place, succession);
    const after = await fingerprint(place);
    // As if it had died between the database and the folder.
    writeFileSync(join(path, 'trust-anchors.json'), before, { mode: 0o600 });
    expect(await fingerprint(folderOver(await replica(), path))).toBe(after);
  });

  it('a database that was restored from before a succession follows the folder', async () => {
    const path = newFolder();
    const restored = folderOver(await replica(), path);
    await createAuthority(restored, plan);
    const aside = `${path}.after`;
    cpSync(path, aside, { recursive: true });
    await succeedAuthority(
      folderOver(await openStore({ path: newPath(), key: undefined }), aside),
      succession,
    );
    rmSync(path, { recursive: true });
    cpSync(aside, path, { recursive: true });
    await expect(currentAuthority(restored, now)).resolves.toBeDefined();
    expect(await fingerprint(folderOver(await replica(), path))).toBe(await fingerprint(restored));
  });

  it('where an authority is kept does not depend on the caller', async () => {
    const store = await replica();
    const folder = folderOver(store, newFolder());
    const database = new DatabaseAuthority(store.authority);
    await createAuthority(database, plan);
    await expect(createAuthority(folder, plan)).rejects.toMatchObject({
      code: 'authority_elsewhere',
      message: expect.stringContaining('MG_PROVISION_AUTHORITY_STORE=database') as unknown,
    });
  });

  it('an authority in a folder is not looked for in the database', async () => {
    const store = await replica();
    await createAuthority(folderOver(store, newFolder()), plan);
    const database = new DatabaseAuthority(store.authority);
    await expect(currentAuthority(database, now)).rejects.toMatchObject({
      code: 'authority_elsewhere',
      message: expect.stringContaining('move-to-database') as unknown,
    });
    await expect(createAuthority(database, plan)).rejects.toMatchObject({ code: 'authority_elsewhere' });
  });
});

it('keys in the database are not to be read there', async () => {
  const url = await newPostgresUrl();
  const store = await openStore({ url, path: '', key: newKey() });
  const database = new DatabaseAuthority(store.authority);
  await createAuthority(database, plan);
  await expect(currentAuthority(database, now)).resolves.toBeDefined();
  await store.close();
  expect(await dumpOfServer(url)).not.toMatch(/PRIVATE|BEGIN/);
});
