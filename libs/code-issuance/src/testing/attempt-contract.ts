import { describe, expect, it } from '@jest/globals';
import { bucket } from '../limits/bucket.js';
import type { AttemptStore } from '../store/code-store.js';

const NOW = 1_790_000_000_000;
const TEN = { limit: 10, windowMs: 1_000 };

export function attemptContract(current: () => AttemptStore): void {
  describe('attempts', () => {
    it('lets as many of many at once through as the limit says', async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => current().takeAttempt([bucket('a', TEN)], NOW)),
      );
      expect(all.filter((refused) => !refused)).toHaveLength(10);
      expect(all.at(-1)).toEqual({ key: 'a', retryAt: NOW + 100 });
    });

    it('lets through again at the rate of the limit', async () => {
      const small = [bucket('a', { limit: 1, windowMs: 1_000 })];
      expect(await current().takeAttempt(small, NOW)).toBeUndefined();
      expect(await current().takeAttempt(small, NOW + 999)).toEqual({ key: 'a', retryAt: NOW + 1_000 });
      expect(await current().takeAttempt(small, NOW + 1_000)).toBeUndefined();
    });

    it('takes from all buckets or from none, and names the first that is full', async () => {
      const wide = bucket('wide', { limit: 2, windowMs: 1_000 });
      const narrow = bucket('narrow', { limit: 1, windowMs: 1_000 });
      expect(await current().takeAttempt([wide, narrow], NOW)).toBeUndefined();
      expect(await current().takeAttempt([wide, narrow], NOW)).toMatchObject({ key: 'narrow' });
      expect(await current().takeAttempt([wide], NOW)).toBeUndefined();
      expect(await current().takeAttempt([wide, narrow], NOW)).toMatchObject({ key: 'wide' });
      expect(await current().takeAttempt([narrow, wide], NOW)).toMatchObject({ key: 'narrow' });
    });

    it('survives many at once that name the same buckets in different order', async () => {
      const [a, b] = [bucket('a', TEN), bucket('b', TEN)];
      const all = await Promise.all(
        Array.from({ length: 40 }, (_, n) => current().takeAttempt(n % 2 ? [a, b] : [b, a], NOW)),
      );
      expect(all.filter((refused) => !refused)).toHaveLength(10);
    });

    it('takes an attempt back', async () => {
      const buckets = [bucket('a', { limit: 1, windowMs: 1_000 }), bucket('b', TEN)];
      for (let n = 0; n < 20; n++) {
        expect(await current().takeAttempt(buckets, NOW)).toBeUndefined();
        await current().giveAttemptBack(buckets);
      }
    });

    it('forgets no bucket whose time is still to come', async () => {
      const small = [bucket('a', { limit: 1, windowMs: 1_000 })];
      await current().takeAttempt(small, NOW);
      await current().purgeAttempts(NOW + 999);
      expect(await current().takeAttempt(small, NOW + 999)).toBeDefined();
      await current().purgeAttempts(NOW + 1_000);
      expect(await current().takeAttempt(small, NOW + 1_000)).toBeUndefined();
    });
  });

  it('knows operators for as long as the later of two notes says', async () => {
    expect(await current().isKnown('ann', NOW)).toBe(false);
    await current().noteKnown('ann', NOW + 10);
    await current().noteKnown('ann', NOW + 5);
    await current().purgeAttempts(NOW + 9);
    expect(await current().isKnown('ann', NOW + 9)).toBe(true);
    expect(await current().isKnown('ann', NOW + 10)).toBe(false);
    expect(await current().isKnown('bob', NOW)).toBe(false);
  });
}
