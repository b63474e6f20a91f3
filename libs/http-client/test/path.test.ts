import { describe, expect, it } from '@jest/globals';
import { encodePathSegment, path } from '../src/index.js';

describe('encodePathSegment', () => {
  // The right-hand sides are what Go's url.URL.EscapedPath gives.
  it.each([
    ['33:52:77:99:43', '33:52:77:99:43'],
    ['4a:1f:0c', '4a:1f:0c'],
    ['$&+,:;=@', '$&+,:;=@'],
    ["!'()*", '%21%27%28%29%2A'],
    ['a b?c#d%e', 'a%20b%3Fc%23d%25e'],
    ['-_.~', '-_.~'],
    ['käse', 'k%C3%A4se'],
    ['..a', '..a'],
    ['%3A', '%253A'],
    ['[x]"<y>\\', '%5Bx%5D%22%3Cy%3E%5C'],
  ])('encodes %p as Go does', (value, encoded) => expect(encodePathSegment(value)).toBe(encoded));

  it.each(['', '.', '..', 'a/b', '/', '\ud800'])('refuses %p, which no path can address', (value) =>
    expect(() => encodePathSegment(value)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'invalid_path_segment' }),
    ),
  );

  it('does not repeat the refused value: it may be a secret in the wrong place', () =>
    expect(() => path`/x/${'k3y/k3y'}`).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('k3y') }),
    ));
});

describe('path', () => {
  it('encodes the values and nothing else', () =>
    expect(path`/${'d 1'}/clients/${'a:b'}/enable`).toBe('/d%201/clients/a:b/enable'));
});
