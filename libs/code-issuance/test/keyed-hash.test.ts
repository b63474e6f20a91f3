import { describe, expect, it } from '@jest/globals';
import { KeyedHash } from '../src/keyed-hash.js';

describe('KeyedHash', () => {
  const hash = new KeyedHash(Buffer.alloc(32, 1));

  it('depends on key, purpose and text', () => {
    const all = [
      hash.of('code', 'BCDFGHJK'),
      hash.of('code', 'BCDFGHJL'),
      hash.of('ticket', 'BCDFGHJK'),
      new KeyedHash(Buffer.alloc(32, 2)).of('code', 'BCDFGHJK'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(hash.of('code', 'BCDFGHJK')).toBe(all[0]);
  });

  it('refuses a key that could be guessed', () => {
    expect(() => new KeyedHash(Buffer.alloc(31))).toThrow(RangeError);
  });
});
