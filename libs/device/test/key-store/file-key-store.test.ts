import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FileKeyStore, KEY_KINDS, nodeFileSystem } from '../../src/index.js';
import { keyStoreContract } from '../../src/testing/index.js';
import { aFolder } from '../support/folder.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { killedAtEveryStep, stopping } from '../support/stopping.js';

const aPath = (): string => join(aFolder(), 'keys', 'key.pem');
const at = (path: string, owner?: number): FileKeyStore => new FileKeyStore(path, nodeFileSystem(), owner);

keyStoreContract(
  'files',
  async () => {
    const path = aPath();
    return { store: at(path), reopen: async () => at(path), close: async () => undefined };
  },
  { kinds: KEY_KINDS },
);

describe('keys in files', () => {
  it('are PKCS#8 PEM, for their owner alone', async () => {
    const path = aPath();
    const { fingerprint, pem } = await at(path).prepare('P-256');
    await at(path).promote(fingerprint);
    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(pem!.reveal()).toBe(readFileSync(path, 'utf8'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('are in their place for good once they are promoted, whatever the power does then', async () => {
    const disk = new MemoryDisk();
    const store = (files: MemoryDisk) => new FileKeyStore('/disk/keys/key.pem', files);
    const { fingerprint } = await store(disk).prepare('P-256');
    await store(disk).promote(fingerprint);
    const after = store(new MemoryDisk(disk.afterPowerCut(() => false)));
    await after.discardNext();
    expect((await after.current())?.fingerprint).toBe(fingerprint);
  });

  it('are refused when others may read them, with what to do about it', async () => {
    const path = aPath();
    const { fingerprint } = await at(path).prepare('P-256');
    await at(path).promote(fingerprint);
    for (const mode of [0o644, 0o640, 0o604, 0o620]) {
      chmodSync(path, mode);
      await expect(at(path).current()).rejects.toMatchObject({
        kind: 'invalid',
        code: 'key_exposed',
        message: expect.stringContaining(`chmod 600 ${path}`),
      });
    }
    chmodSync(path, 0o600);
    expect((await at(path).current())?.fingerprint).toBe(fingerprint);
  });

  it('are not made where a folder is in the place of the file', async () => {
    const path = aPath();
    mkdirSync(path, { recursive: true });
    await expect(at(path).prepare('P-256')).rejects.toMatchObject({ code: 'folder_in_the_way' });
  });

  it('are refused in a folder that others may write into, before a key is made there', async () => {
    const path = aPath();
    mkdirSync(dirname(path));
    chmodSync(dirname(path), 0o777);
    await expect(at(path).prepare('P-256')).rejects.toMatchObject({
      code: 'key_exposed',
      message: expect.stringContaining(`chmod 700 ${dirname(path)}`),
    });
    expect(await nodeFileSystem().facts(`${path}.next`)).toBeUndefined();
    chmodSync(dirname(path), 0o755);
    await at(path).prepare('P-256');
  });

  it('are refused when they belong to someone else', async () => {
    const path = aPath();
    await at(path).prepare('P-256');
    const foreign = {
      ...nodeFileSystem(),
      facts: async () => ({ kind: 'file', mode: 0o600, owner: 1001 }) as const,
    };
    const store = new FileKeyStore(path, foreign, 1002);
    await expect(store.next()).rejects.toMatchObject({
      code: 'key_exposed',
      message: expect.stringMatching(/belongs to user 1001.*runs as user 1002/),
    });
  });

  it('are refused when they are no keys, without showing what they are', async () => {
    const path = aPath();
    mkdirSync(dirname(path), { mode: 0o700 });
    for (const text of ['', 'hunter2', '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n']) {
      writeFileSync(path, text, { mode: 0o600 });
      const error: Error = await at(path)
        .current()
        .then(
          () => new Error('accepted'),
          (e: Error) => e,
        );
      expect(error).toMatchObject({ code: 'key_unreadable' });
      expect(error.message).not.toContain('hunter2');
    }
  });

  it('whenever the process is killed, the old key is there until the new one is', async () => {
    let path = '';
    let old = '';
    await killedAtEveryStep(
      async (countdown) => {
        path = aPath();
        old = (await at(path).prepare('P-256')).fingerprint;
        await at(path).promote(old);
        const store = new FileKeyStore(path, stopping(nodeFileSystem(), countdown));
        await store.promote((await store.prepare('P-256')).fingerprint);
      },
      async () => {
        const [current, next] = [await at(path).current(), await at(path).next()];
        expect(current).toBeDefined();
        if (current!.fingerprint !== old) expect(next).toBeUndefined();
        const again = await at(path).prepare('P-256');
        if (next) expect(again.fingerprint).toBe(next.fingerprint);
        await at(path).promote(again.fingerprint);
        expect((await at(path).current())!.fingerprint).toBe(again.fingerprint);
      },
    );
  });
});
