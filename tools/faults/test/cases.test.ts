import { expect, test } from '@jest/globals';
import { casesOf, everyNth } from '../src/provisioning/faults.js';

test.each([
  [10, 5],
  [9, 4],
  [13, 7],
])('of %i calls, one case in %i has every kind of fault and every call', (count, every) => {
  const calls = Array.from({ length: count }, (_, n) => `call ${n}`);
  const kinds = Array.from({ length: 20 }, (_, n) => `kind ${n}`);

  const part = everyNth(casesOf(calls, kinds), every);

  expect(new Set(part.map(({ target }) => target)).size).toBe(count);
  expect(new Set(part.map(({ kind }) => kind)).size).toBe(20);
  expect(part.length).toBeLessThan((count * 20) / every + 20);
});
