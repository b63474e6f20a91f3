import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as node from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FileSet, type FileSystem, fileError, nodeFileSystem, writePrivate } from '../../src/index.js';
import { aFolder } from '../support/folder.js';

type Opened = Awaited<ReturnType<typeof node.open>>;

/** A disk on which the n-th file that is written fails after half of its content. */
function failingDisk(code: string, n = 1) {
  let left = n;
  return nodeFileSystem({
    ...node,
    open: (async (path: string, flags: string, mode?: number) => {
      const file: Opened = await node.open(path, flags, mode);
      if (flags !== 'wx' || --left > 0) return file;
      file.writeFile = async (content) => {
        await file.write(String(content).slice(0, 3));
        throw Object.assign(new Error(code), { code });
      };
      return file;
    }) as typeof node.open,
  });
}

it('a file is on the disk before it takes the place of the old one, and its name before anything else', async () => {
  const calls: string[] = [];
  const files = nodeFileSystem({
    ...node,
    open: (async (path: string, flags: string, mode?: number) => {
      const file: Opened = await node.open(path, flags, mode);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        calls.push(`sync ${basename(path)}`);
        await sync();
      };
      return file;
    }) as typeof node.open,
    rename: async (from, to) => {
      calls.push('rename');
      await node.rename(from, to);
    },
  });
  const folder = aFolder();
  await writePrivate(files, join(folder, 'machine.pem'), 'new');
  expect(calls).toEqual(['sync machine.pem.new', 'rename', `sync ${basename(folder)}`]);
});

describe('a disk that fails', () => {
  it.each([
    ['ENOSPC', 'disk_full', /is full/],
    ['EDQUOT', 'disk_full', /quota/],
    ['EFBIG', 'disk_full', /ulimit/],
    ['EROFS', 'disk_read_only', /read-only/],
    ['EIO', 'file_error', /EIO/],
  ])('%s is told as %s, and leaves the old file and nothing else', async (errno, code, message) => {
    const folder = aFolder();
    const path = join(folder, 'machine.pem');
    writeFileSync(path, 'old');
    await expect(writePrivate(failingDisk(errno), path, 'new content')).rejects.toMatchObject({
      kind: 'unavailable',
      code,
      message: expect.stringMatching(message),
      details: { path: `${path}.new` },
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['machine.pem']);
  });

  it('fills up in the middle of a set: nothing of the set has changed', async () => {
    for (const n of [1, 2, 3]) {
      const folder = aFolder();
      const paths = { a: join(folder, 'a'), b: join(folder, 'b') };
      const journal = join(folder, 'journal');
      const sound = new FileSet({ paths, journal, files: nodeFileSystem() });
      await sound.commit({ a: '1', b: '1' });
      const full = new FileSet({ paths, journal, files: failingDisk('ENOSPC', n) });
      await expect(full.commit({ a: '2', b: '2' })).rejects.toMatchObject({ code: 'disk_full' });
      expect(await sound.read()).toEqual({ a: '1', b: '1' });
      expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'journal']);
    }
  });

  it('a folder where a file should be is told before anything changes', async () => {
    const folder = aFolder();
    const paths = { a: join(folder, 'a'), b: join(folder, 'b') };
    mkdirSync(paths.b);
    const set = new FileSet({ paths, journal: join(folder, 'journal'), files: nodeFileSystem() });
    await expect(set.commit({ a: '1', b: '1' })).rejects.toMatchObject({
      kind: 'invalid',
      code: 'folder_in_the_way',
      message: expect.stringContaining(paths.b),
    });
    expect(existsSync(paths.a)).toBe(false);
    await expect(nodeFileSystem().read(paths.b)).rejects.toMatchObject({ code: 'folder_in_the_way' });
  });

  it.each([
    ['which nothing can be removed from', 'remove'],
    ['which nothing can be written to', 'create'],
  ] as const)('a file in a folder %s is told before anything changes', async (_, call) => {
    const folder = aFolder();
    const paths = { mine: join(folder, 'mine', 'a'), theirs: join(folder, 'theirs', 'b') };
    const journal = join(folder, 'journal');
    const sound = new FileSet({ paths, journal, files: nodeFileSystem() });
    await sound.commit({ mine: '1', theirs: '1' });
    const before = readFileSync(journal, 'utf8');
    const disk = nodeFileSystem();
    const refusing: FileSystem = {
      ...disk,
      [call]: (path: string, content: string) =>
        path.startsWith(paths.theirs)
          ? Promise.reject(fileError(path, Object.assign(new Error(path), { code: 'EACCES' })))
          : disk[call](path, content),
    };
    const set = new FileSet({ paths, journal, files: refusing });
    await expect(set.commit({ mine: null, theirs: null })).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'file_not_permitted',
      message: expect.stringContaining(paths.theirs),
    });
    expect(readFileSync(journal, 'utf8')).toBe(before);
    expect(await sound.read()).toEqual({ mine: '1', theirs: '1' });
    await set.recover();
    await set.commit({ mine: null });
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      'journal',
      'mine',
      'theirs',
      'theirs/b',
    ]);
  });

  it('a file that was never there needs no permission to be removed', async () => {
    const folder = aFolder();
    const paths = { mine: join(folder, 'a'), theirs: '/sys/of-nobody/b' };
    const set = new FileSet({ paths, journal: join(folder, 'journal'), files: nodeFileSystem() });
    await set.commit({ mine: '1' });
    await set.commit({ mine: null, theirs: null });
    expect(existsSync(paths.mine)).toBe(false);
  });

  it('a folder that cannot be made is told with the reason', async () => {
    const mkdir = (path: string) => Promise.reject(Object.assign(new Error(path), { code: 'EROFS' }));
    const disk = nodeFileSystem({ ...node, mkdir: mkdir as typeof node.mkdir });
    await expect(disk.makeFolder(join(aFolder(), 'a', 'b', 'c'))).rejects.toMatchObject({
      code: 'disk_read_only',
    });
  });

  it('a file where a folder should be is told', async () => {
    const folder = aFolder();
    writeFileSync(join(folder, 'certs'), '');
    for (const path of [join(folder, 'certs', 'a'), join(folder, 'certs', 'deeper', 'a')]) {
      await expect(writePrivate(nodeFileSystem(), path, '')).rejects.toMatchObject({
        code: 'file_in_the_way',
      });
      expect(await nodeFileSystem().read(path)).toBeUndefined();
    }
  });
});
