import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Secret } from '@org/domain';
import { type StoreOptions, openStore, rekeyStore } from '../src/index.js';
import { newKey, newPath, newPostgresUrl, removeFiles } from './support/databases.js';

afterAll(removeFiles);

const databases: [string, () => Promise<Omit<StoreOptions, 'key'>>][] = [
  ['SQLite', async () => ({ path: newPath() })],
  ['PostgreSQL', async () => ({ path: '', url: await newPostgresUrl() })],
];

async function hashKeyOf(options: StoreOptions): Promise<string> {
  const store = await openStore(options);
  await store.close();
  return Buffer.from(store.hashKey).toString('hex');
}

describe('a state key file', () => {
  const keyWritten = async (content: string | Buffer): Promise<string> => {
    const path = newPath();
    await hashKeyOf({ path, key: undefined });
    const file = `${path}.key`;
    const key = readFileSync(file, 'utf8').trim();
    writeFileSync(file, typeof content === 'string' ? content.replace('KEY', key) : content);
    return hashKeyOf({ path, key: undefined });
  };

  it.each(['KEY', 'KEY\r\n', ' KEY \n\n', '\uFEFFKEY\n'])('is read as %j', async (content) => {
    await expect(keyWritten(content)).resolves.toBeDefined();
  });

  // Node's decoder of base64 leaves out what it does not know.
  it.each([
    `${'A'.repeat(20)}!${'A'.repeat(23)}`,
    `${'A'.repeat(43)}*`,
    'ab'.repeat(31),
    Buffer.of(0xff, 0xfe, 0x61),
  ])('is refused as %j, and not taken for another key', async (content) => {
    await expect(keyWritten(content)).rejects.toMatchObject({ code: 'state_key_invalid' });
  });
});

describe.each(databases)('the state key of %s', (_, newDatabase) => {
  it('is that of the first process; with another one no one starts', async () => {
    const database = await newDatabase();
    const keys = [newKey(), newKey()];
    const both = await Promise.allSettled(keys.map((key) => hashKeyOf({ ...database, key })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const each of both)
      if (each.status === 'rejected')
        expect(each.reason).toMatchObject({
          kind: 'invalid',
          code: 'state_key_wrong',
          message: expect.stringContaining('the one that the other replicas have') as unknown,
        });
    const right = keys[both.findIndex(({ status }) => status === 'fulfilled')]!;
    await expect(hashKeyOf({ ...database, key: right })).resolves.toBeDefined();
  });

  it('can be changed, and what was sealed and hashed stays as it was', async () => {
    const database = await newDatabase();
    const [before, after] = [newKey(), newKey()];
    const running = await openStore({ ...database, key: before });
    expect(await running.sealedValues.put('sample', { text: 'a secret' })).toBe(true);
    await rekeyStore({ ...database, key: before }, after);
    // A process that runs goes on.
    expect((await running.sealedValues.get('sample'))?.text).toBe('a secret');
    await running.close();
    await expect(hashKeyOf({ ...database, key: before })).rejects.toMatchObject({ code: 'state_key_wrong' });
    const replica = await openStore({ ...database, key: after });
    expect((await replica.sealedValues.get('sample'))?.text).toBe('a secret');
    expect(replica.hashKey).toEqual(running.hashKey);
    await replica.close();
  });

  it('is changed by who has it, to what is one', async () => {
    const database = await newDatabase();
    const key = newKey();
    await hashKeyOf({ ...database, key });
    const wrong = rekeyStore({ ...database, key: newKey() }, newKey());
    await expect(wrong).rejects.toMatchObject({ code: 'state_key_wrong' });
    const short = rekeyStore({ ...database, key }, new Secret('short'));
    await expect(short).rejects.toMatchObject({ code: 'state_key_invalid' });
    await expect(hashKeyOf({ ...database, key })).resolves.toBeDefined();
  });
});

it('a key file that is missing is not made anew beside a database that was sealed with it', async () => {
  const path = newPath();
  await hashKeyOf({ path, key: undefined });
  const key = readFileSync(`${path}.key`, 'utf8');
  rmSync(`${path}.key`);
  await expect(hashKeyOf({ path, key: undefined })).rejects.toMatchObject({
    code: 'state_key_missing',
    message: expect.stringMatching(`${path}.key: it is not there.*put it back`) as unknown,
  });
  expect(existsSync(`${path}.key`)).toBe(false);
  await expect(hashKeyOf({ path, key: new Secret(key.trim()) })).resolves.toBeDefined();
});

describe('sealed values', () => {
  it('take the place of the one that was read, and of no other, and end when they expire', async () => {
    const store = await openStore({ path: newPath(), key: undefined });
    const { sealedValues: values } = store;
    expect(await values.put('one', { text: 'first', expiresAt: 1000 })).toBe(true);
    expect(await values.put('one', { text: 'another first' })).toBe(false);
    const first = (await values.get('one'))!;
    expect(await values.put('one', { text: 'second', replaces: first, expiresAt: 2000 })).toBe(true);
    expect(await values.put('one', { text: 'late', replaces: first })).toBe(false);
    await values.put('two', { text: 'for good' });
    await values.clearExpired(1999);
    expect((await values.get('one'))?.text).toBe('second');
    await values.clearExpired(2000);
    expect(await values.get('one')).toBeUndefined();
    expect((await values.get('two'))?.text).toBe('for good');
    await store.close();
  });
});
