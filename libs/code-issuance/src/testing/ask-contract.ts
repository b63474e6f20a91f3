import { describe, expect, it } from '@jest/globals';
import type { Ask, AskAdmission, AskStore } from '../store/code-store.js';
import { NO_CAPS } from './samples.js';

const ROOM = { since: 0, caps: NO_CAPS };

const ask = (codeHash: string, address: string, at: number): Ask => ({
  codeHash,
  address,
  addressPath: address,
  at,
});

export function askContract(current: () => AskStore): void {
  const note = async (it: Ask, admission: AskAdmission = ROOM) => {
    const noted = await current().noteAsked(it, admission);
    return 'level' in noted ? noted.level : noted.outcome;
  };
  const admission = (since: number, overAll: number, address: number) => ({
    since,
    caps: { ...NO_CAPS, overAll, address },
  });

  describe('asks', () => {
    it('tells who asked about a code, each address once, as of late', async () => {
      await note(ask('c', '192.0.2.1', 10));
      await note(ask('c', '192.0.2.2', 11));
      await note(ask('c', '192.0.2.1', 12));
      await note(ask('d', '192.0.2.3', 13));
      const about = async (since: number) =>
        (await current().asksAbout('c', since)).sort((a, b) => a.at - b.at);
      expect(await about(0)).toEqual([ask('c', '192.0.2.2', 11), ask('c', '192.0.2.1', 12)]);
      expect(await about(12)).toEqual([ask('c', '192.0.2.1', 12)]);
      expect(await about(13)).toEqual([]);
    });

    it('keeps to its caps, but goes on refreshing what it has', async () => {
      const caps = admission(10, 3, 2);
      expect(await note(ask('a', 'x', 10), caps)).toBe('noted');
      expect(await note(ask('b', 'x', 10), caps)).toBe('noted');
      expect(await note(ask('c', 'x', 10), caps)).toBe('address');
      expect(await note(ask('c', 'y', 10), caps)).toBe('noted');
      expect(await note(ask('d', 'y', 10), caps)).toBe('overAll');
      expect(await note(ask('a', 'x', 11), caps)).toBe('noted');
      expect(await current().asksAbout('a', 11)).toHaveLength(1);
      expect(await current().asksAbout('d', 0)).toEqual([]);
    });

    it('lets no one be stopped by a caller that asks about many: what was asked longest ago makes room', async () => {
      const caps = admission(10, 3, 3);
      for (const [n, codeHash] of ['a', 'b', 'c'].entries()) await note(ask(codeHash, 'x', 12 - n), caps);
      const noted = await current().noteAsked(ask('d', 'y', 13), caps);
      expect(noted).toEqual({ outcome: 'noted', displaced: { origin: 'x', level: 'overAll' } });
      const there = await Promise.all(['a', 'b', 'c', 'd'].map((code) => current().asksAbout(code, 0)));
      expect(there.map(({ length }) => length)).toEqual([1, 1, 0, 1]);
    });

    it('does not let as many pass its caps as ask at once', async () => {
      const caps = admission(0, 10, 10);
      await Promise.all(Array.from({ length: 40 }, (_, n) => note(ask(`code ${n}`, `a${n % 2}`, 1), caps)));
      const all = Array.from({ length: 40 }, (_, n) => current().asksAbout(`code ${n}`, 0));
      expect((await Promise.all(all)).flat()).toHaveLength(10);
    });

    it('has room again when entries are older than `since`', async () => {
      expect(await note(ask('a', 'x', 10), admission(0, 1, 1))).toBe('noted');
      expect(await note(ask('b', 'x', 20), admission(11, 1, 1))).toBe('noted');
    });

    it('forgets old entries', async () => {
      await note(ask('a', 'x', 10));
      await note(ask('a', 'y', 11));
      await current().purgeAsks(11);
      expect(await current().asksAbout('a', 0)).toEqual([ask('a', 'y', 11)]);
    });
  });
}
