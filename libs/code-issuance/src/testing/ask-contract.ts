import { describe, expect, it } from '@jest/globals';
import type { Ask, AskStore } from '../store/code-store.js';

const ROOM = { since: 0, total: 100, ofAddress: 100 };

const ask = (codeHash: string, address: string, at: number): Ask => ({
  codeHash,
  address,
  addressGroup: address,
  at,
});

export function askContract(current: () => AskStore): void {
  const note = (it: Ask, caps = ROOM) => current().noteAsked(it, caps);

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
      const caps = { since: 10, total: 3, ofAddress: 2 };
      expect(await note(ask('a', 'x', 10), caps)).toBe(true);
      expect(await note(ask('b', 'x', 10), caps)).toBe(true);
      expect(await note(ask('c', 'x', 10), caps)).toBe(false);
      expect(await note(ask('c', 'y', 10), caps)).toBe(true);
      expect(await note(ask('d', 'z', 10), caps)).toBe(false);
      expect(await note(ask('a', 'x', 11), caps)).toBe(true);
      expect(await current().asksAbout('a', 11)).toHaveLength(1);
      expect(await current().asksAbout('d', 0)).toEqual([]);
    });

    it('has room again when entries are older than `since`', async () => {
      const caps = { total: 1, ofAddress: 1 };
      expect(await note(ask('a', 'x', 10), { since: 0, ...caps })).toBe(true);
      expect(await note(ask('b', 'x', 20), { since: 11, ...caps })).toBe(true);
    });

    it('forgets old entries', async () => {
      await note(ask('a', 'x', 10));
      await note(ask('a', 'y', 11));
      await current().purgeAsks(11);
      expect(await current().asksAbout('a', 0)).toEqual([ask('a', 'y', 11)]);
    });
  });
}
