import { describe, expect, it } from '@jest/globals';
import { routedPath } from '../../src/http/go-path.js';

describe('routedPath', () => {
  // Path and RawPath of Go's net/url: chi takes RawPath where there is one.
  it.each([
    ['/a%2Fb', '/a%2Fb'],
    ['/a%3Ab', '/a%3Ab'],
    ['/a:b', '/a:b'],
    ['/a%20b', '/a b'],
    ['/%41', '/%41'],
    ['/a%21', '/a!'],
    ['/a!', '/a!'],
    ['/a(b)', '/a(b)'],
    ['/%C5%BE', '/ž'],
    ['/%c5%be', '/%c5%be'],
    ['/a%20b!', '/a%20b!'],
  ])('sees %s as %s', (sent, seen) => {
    expect(routedPath(sent)).toBe(seen);
  });

  it('sees nothing in a broken escape', () => {
    expect(routedPath('/a%zz')).toBeUndefined();
    expect(routedPath('/a%2')).toBeUndefined();
  });
});
