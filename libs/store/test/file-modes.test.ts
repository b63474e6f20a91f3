import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AuthorityFolder,
  RecordedFolder,
  type Store,
  createAuthority,
  currentAuthority,
  openStore,
} from '../src/index.js';
import { newPath, removeFiles } from './support/databases.js';

afterAll(removeFiles);

const refused = (code: string, path: string, advice: string) => ({
  kind: 'invalid',
  code,
  message: expect.stringMatching(`^${path}: .*mode .*${advice}`) as unknown,
});

describe('a SQLite file', () => {
  let path: string;
  beforeEach(async () => {
    path = newPath();
    await (await openStore({ path, key: undefined })).close();
  });

  it.each([
    ['', 0o640],
    ['', 0o604],
    ['', 0o620],
    ['-wal', 0o644],
    ['-shm', 0o660],
  ])('with a part (%j) of mode %o is not opened', async (part, mode) => {
    // SQLite removes those parts when it is closed.
    writeFileSync(path + part, '', { flag: 'a' });
    chmodSync(path + part, mode);
    const opening = openStore({ path, key: undefined });
    const advice = mode & 0o022 && part === '' ? 'chmod' : 'chmod 600';
    await expect(opening).rejects.toMatchObject(refused('state_file_exposed', path + part, advice));
  });

  it('is not opened in a folder in which others can put another in its place', async () => {
    const folder = dirname(path);
    for (const mode of [0o770, 0o707]) {
      chmodSync(folder, mode);
      const opening = openStore({ path, key: undefined });
      await expect(opening).rejects.toMatchObject(refused('state_file_exposed', folder, 'chmod go-w'));
    }
    // As /tmp is.
    chmodSync(folder, 0o1777);
    await (await openStore({ path, key: undefined })).close();
  });

  it('is not opened when others can read its key', async () => {
    chmodSync(`${path}.key`, 0o640);
    const opening = openStore({ path, key: undefined });
    await expect(opening).rejects.toMatchObject(refused('state_key_exposed', `${path}.key`, 'chmod 600'));
  });
});

describe("an authority's folder", () => {
  it.each<[string, number, string]>([
    ['.', 0o770, 'authority_folder_exposed'],
    ['trust-anchors.json', 0o666, 'authority_folder_exposed'],
    ['keys', 0o777, 'authority_folder_exposed'],
    ['a key', 0o640, 'key_file_exposed'],
  ])('is not used with %s of mode %o', async (name, mode, code) => {
    const store: Store = await openStore({ path: newPath(), key: undefined });
    const folder = join(dirname(newPath()), 'authority');
    const place = new RecordedFolder(new AuthorityFolder(folder, undefined), store.authority);
    const { current } = await createAuthority(place, {
      organization: 'T',
      algorithm: 'P-256',
      now: Date.now(),
    });
    const path = name === 'a key' ? place.keyPlace(current[0]!) : join(folder, name);
    expect(readdirSync(folder)).toHaveLength(2);
    chmodSync(path, mode);
    const using = currentAuthority(place, Date.now());
    await expect(using).rejects.toMatchObject(refused(code, path, 'chmod'));
    await store.close();
  });
});
