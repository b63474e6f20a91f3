import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Changes, FileSet, type FileSystem, nodeFileSystem } from '../../src/index.js';
import { aFolder } from '../support/folder.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { Countdown, Killed, killedAtEveryStep, stopping } from '../support/stopping.js';

type Name = 'cert' | 'bundle' | 'pin';

const pathsIn = (folder: string): Record<Name, string> => ({
  cert: join(folder, 'certs', 'machine.pem'),
  bundle: join(folder, 'certs', 'bundle.pem'),
  pin: join(folder, 'elsewhere', 'pin.txt'),
});
const journalIn = (folder: string): string => join(folder, 'state', 'journal.json');

const setIn = (folder: string, files: FileSystem, finished: unknown[] = []): FileSet<Name> =>
  new FileSet({
    paths: pathsIn(folder),
    journal: journalIn(folder),
    files,
    finish: async (then) => void finished.push(then),
  });

const OLD = { cert: 'old cert', bundle: 'old bundle', pin: 'old pin' };
const CHANGE: Changes<Name> = { cert: 'new cert', bundle: 'new bundle', pin: null };
const NEW = { cert: 'new cert', bundle: 'new bundle', pin: undefined };

describe('a set of files', () => {
  it('can be rehearsed, which changes nothing, and tells what it would fail for', async () => {
    const disk = new MemoryDisk();
    const set = setIn('/d', disk);
    await set.commit(OLD);
    const before = disk.afterPowerCut(() => true);
    await set.rehearse(CHANGE);
    expect(disk.afterPowerCut(() => true)).toEqual(before);
    disk.create = () => Promise.reject(new Error('read-only'));
    await expect(set.rehearse({ pin: null })).rejects.toThrow('read-only');
    expect(await set.read()).toEqual(OLD);
  });

  it('is written privately, and read back by name', async () => {
    const folder = aFolder();
    const set = setIn(folder, nodeFileSystem());
    expect(await set.read()).toEqual({});
    await set.commit(OLD);
    expect(await set.read()).toEqual(OLD);
    await set.commit(CHANGE);
    expect(await set.read()).toEqual(NEW);
    const { cert } = pathsIn(folder);
    expect(statSync(cert).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'certs')).mode & 0o777).toBe(0o700);
    expect(readFileSync(cert, 'utf8')).toBe('new cert');
    expect(readdirSync(join(folder, 'certs')).sort()).toEqual(['bundle.pem', 'machine.pem']);
  });

  it('is all old or all new whenever the process is killed, for every reader, and the same after recovery', async () => {
    let folder = '';
    const outcomes = new Set<string>();
    const steps = await killedAtEveryStep(
      async (countdown) => {
        folder = aFolder();
        await setIn(folder, nodeFileSystem()).commit(OLD);
        await setIn(folder, stopping(nodeFileSystem(), countdown)).commit(CHANGE, 'then');
      },
      async () => {
        const finished: unknown[] = [];
        const set = setIn(folder, nodeFileSystem(), finished);
        const seen = await set.read();
        expect([OLD, NEW]).toContainEqual(seen);
        await set.recover();
        expect(await set.read()).toEqual(seen);
        const { cert, pin } = pathsIn(folder);
        expect(readFileSync(cert, 'utf8')).toBe(seen.cert);
        expect(existsSync(pin)).toBe(seen.pin !== undefined);
        expect(readdirSync(join(folder, 'certs')).sort()).toEqual(['bundle.pem', 'machine.pem']);
        // What goes with the change is done when, and only when, the change has happened.
        if (seen.cert === OLD.cert) expect(finished).toEqual([]);
        await set.commit({ cert: 'later', bundle: 'later' });
        expect(await set.read()).toMatchObject({ cert: 'later', bundle: 'later' });
        outcomes.add(seen.cert!);
      },
    );
    expect(steps).toBeGreaterThan(20);
    expect(outcomes).toEqual(new Set(['old cert', 'new cert']));
  });

  it('is all old or all new after a power cut at any step, whatever was not yet synced', async () => {
    const arbitrary = fc.tuple(fc.nat(60), fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }));
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([steps, survives]) => {
        const first = new MemoryDisk();
        await setIn('/disk', first).commit(OLD);
        const countdown = new Countdown(steps);
        const disk = new MemoryDisk(
          first.afterPowerCut(() => false),
          countdown,
        );
        const done = await setIn('/disk', disk)
          .commit(CHANGE)
          .then(
            () => true,
            (error: unknown) => {
              if (error instanceof Killed) return false;
              throw error;
            },
          );
        const after = setIn('/disk', new MemoryDisk(disk.afterPowerCut((index) => survives[index % 16]!)));
        await after.recover();
        expect(done ? [NEW] : [OLD, NEW]).toContainEqual(await after.read());
      }),
      { numRuns: 2_000 },
    );
  });

  it('survives a second power cut, in the middle of recovery', async () => {
    for (let steps = 0; steps < 60; steps++) {
      const first = new MemoryDisk();
      await setIn('/disk', first).commit(OLD);
      const disk = new MemoryDisk(
        first.afterPowerCut(() => false),
        new Countdown(steps),
      );
      await setIn('/disk', disk)
        .commit(CHANGE)
        .catch(() => undefined);
      const mid = new MemoryDisk(disk.afterPowerCut(() => true));
      const seen = await setIn('/disk', mid).read();
      for (let more = 0; more < 20; more++) {
        const again = new MemoryDisk(
          mid.afterPowerCut(() => true),
          new Countdown(more),
        );
        await setIn('/disk', again)
          .recover()
          .catch(() => undefined);
        const end = setIn('/disk', new MemoryDisk(again.afterPowerCut((index) => index % 2 === 0)));
        await end.recover();
        expect(await end.read()).toEqual(seen);
      }
    }
  });

  it('runs what goes with a change until it has succeeded once', async () => {
    const folder = aFolder();
    const runs: unknown[] = [];
    let broken = true;
    const set = new FileSet({
      paths: pathsIn(folder),
      journal: journalIn(folder),
      files: nodeFileSystem(),
      finish: async (then) => {
        runs.push(then);
        if (broken) throw new Error('the chip does not answer');
      },
    });
    await expect(set.commit({ cert: 'new' }, { promote: 'abc' })).rejects.toThrow('the chip');
    expect((await set.read()).cert).toBe('new');
    broken = false;
    await set.recover();
    await set.recover();
    expect(runs).toEqual([{ promote: 'abc' }, { promote: 'abc' }]);
  });

  it('never shows a mixture to someone who reads while it changes', async () => {
    const folder = aFolder();
    const writer = setIn(folder, nodeFileSystem());
    const reader = setIn(folder, nodeFileSystem());
    await writer.commit({ cert: '0', bundle: '0' });
    let writing = true;
    const written = (async () => {
      for (let n = 1; n <= 50; n++) await writer.commit({ cert: `${n}`, bundle: `${n}` });
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      const { cert, bundle } = await reader.read();
      expect(bundle).toBe(cert);
      reads += 1;
    }
    await written;
    expect(reads).toBeGreaterThan(5);
  });

  it('finishes a change at the paths it was meant for, although the settings have changed', async () => {
    const folder = aFolder();
    const failing = new Error('cut off');
    const set = new FileSet({
      paths: pathsIn(folder),
      journal: journalIn(folder),
      files: {
        ...nodeFileSystem(),
        rename: async (from, to) => {
          if (to.endsWith('.pem')) throw failing;
          await nodeFileSystem().rename(from, to);
        },
      },
    });
    await expect(set.commit(OLD)).rejects.toBe(failing);
    const moved = new FileSet({
      paths: { cert: join(folder, 'other.pem') },
      journal: journalIn(folder),
      files: nodeFileSystem(),
    });
    await moved.recover();
    expect(readFileSync(pathsIn(folder).cert, 'utf8')).toBe(OLD.cert);
  });

  it('refuses a journal that it cannot read, and says what to do', async () => {
    const folder = aFolder();
    mkdirSync(join(folder, 'state'));
    for (const text of ['', '{', '{"version":2}', '{"version":1,"generation":1,"pending":{"write":"x"}}']) {
      writeFileSync(journalIn(folder), text);
      await expect(setIn(folder, nodeFileSystem()).recover()).rejects.toMatchObject({
        code: 'journal_unreadable',
        message: expect.stringContaining(journalIn(folder)),
      });
    }
  });
});
