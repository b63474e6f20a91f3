import { beforeEach, expect, it } from '@jest/globals';
import { sparingly } from '../../src/observability/sparingly.js';

let now: number;
let looks: number;
let takesMs: number;
let look: () => Promise<number>;
beforeEach(() => {
  [now, looks, takesMs] = [0, 0, 200];
  look = sparingly(
    async () => {
      now += takesMs;
      return (looks += 1);
    },
    { monotonic: () => now },
  );
});

it('what took 200 ms to count is counted again after 200 s', async () => {
  expect(await Promise.all([look(), look()])).toEqual([1, 1]);
  now += 199_999;
  expect(await look()).toBe(1);
  now += 1;
  expect(await look()).toBe(2);
});

it('what takes little is counted every time', async () => {
  takesMs = 20;
  await look();
  expect(await look()).toBe(2);
});

it('what took long is shown for ten minutes at most', async () => {
  takesMs = 4_000;
  await look();
  now += 600_000;
  expect(await look()).toBe(2);
});

it('what could not be counted is counted the next time', async () => {
  let isOut = true;
  const failing = sparingly(async () => {
    if (isOut) throw new Error('the database is away');
    return 7;
  });
  await expect(failing()).rejects.toThrow('away');
  isOut = false;
  expect(await failing()).toBe(7);
});
