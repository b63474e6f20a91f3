import { describe, expect, it } from '@jest/globals';
import { cacheUntil } from '../../src/authority/caching.js';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const cached = (nextUpdate: number) => {
  const headers = cacheUntil({ thisUpdate: NOW, nextUpdate }, Buffer.from('crl'), NOW);
  const [, seconds] = /^public, max-age=(\d+), no-transform, must-revalidate$/.exec(
    headers['Cache-Control']!,
  )!;
  expect(Date.parse(headers['Expires']!)).toBe(NOW + Number(seconds) * 1_000);
  return Number(seconds);
};

describe('what revocation says may be kept', () => {
  it.each([
    ['for an hour where it is good for days', 168 * HOUR, 3_600],
    ['for half of what it is still good for', HOUR, 1_800],
    ['not at all when it is at its end', 0, 0],
    ['not at all when it is past its end', -HOUR, 0],
  ])('%s', (_what, left, seconds) => expect(cached(NOW + left)).toBe(seconds));
});
