import { describe, expect, it } from '@jest/globals';
import { originReader } from '../../src/index.js';

const PROXY = '10.0.0.7';
const read = originReader(['10.0.0.0/8', '2001:db8:ffff::/48', '127.0.0.1']);
const origin = (address: string | undefined, forwardedFor?: string, more: object = {}) =>
  read({ address, tls: false, forwardedFor, forwardedProto: undefined, ...more });

describe('the address of a caller', () => {
  it.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['::ffff:192.0.2.1', '198.51.100.7', '192.0.2.1'],
    [PROXY, '198.51.100.7', '198.51.100.7'],
    ['::ffff:10.0.0.7', '198.51.100.7', '198.51.100.7'],
    ['2001:db8:ffff::1', '2001:DB8::7', '2001:db8::7'],
    [PROXY, '203.0.113.1, 198.51.100.7', '198.51.100.7'],
    [PROXY, '203.0.113.1,198.51.100.7, 10.0.0.8', '198.51.100.7'],
    [PROXY, undefined, PROXY],
    [PROXY, '', PROXY],
    [undefined, undefined, ''],
  ])('of %s, forwarded for %s, is %s', (peer, forwardedFor, address) =>
    expect(origin(peer, forwardedFor).address).toBe(address),
  );

  it.each([
    ['198.51.100.7:49152', '198.51.100.7'],
    ['[2001:db8::7]:49152', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['::ffff:c633:6407', '198.51.100.7'],
  ])('may be written with a port, in brackets or mapped: %s', (forwardedFor, address) =>
    expect(origin(PROXY, forwardedFor).address).toBe(address),
  );

  it.each([
    'unknown',
    '_hidden',
    '198.51.100.7:port',
    '1.2.3.4.5',
    '[2001:db8::7',
    '300.1.2.3',
    '"198.51.100.7"',
  ])('is that of the proxy where it reports no address: %s', (garbage) => {
    expect(origin(PROXY, garbage).address).toBe(PROXY);
    expect(origin(PROXY, `198.51.100.7, ${garbage}`).address).toBe(PROXY);
    expect(origin(PROXY, `198.51.100.7, ${garbage}, 10.0.0.9`).address).toBe('10.0.0.9');
  });
});

describe('a request that no one can read along', () => {
  const isPrivate = (address: string | undefined, more: object = {}) =>
    origin(address, undefined, more).isPrivate;

  it('comes over TLS, or from this machine', () => {
    expect(isPrivate('192.0.2.1', { tls: true })).toBe(true);
    for (const local of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', undefined])
      expect(isPrivate(local)).toBe(true);
    for (const away of ['192.0.2.1', '2001:db8::1', PROXY]) expect(isPrivate(away)).toBe(false);
  });

  it('or over TLS to a trusted proxy, which says so', () => {
    expect(isPrivate(PROXY, { forwardedProto: 'https' })).toBe(true);
    expect(isPrivate(PROXY, { forwardedProto: 'http, HTTPS' })).toBe(true);
    expect(isPrivate(PROXY, { forwardedProto: 'https, http' })).toBe(false);
    expect(isPrivate('127.0.0.1', { forwardedProto: 'http' })).toBe(false);
    expect(isPrivate(PROXY, { forwardedProto: 'http', tls: true })).toBe(false);
  });

  it('and not merely says so itself', () => {
    expect(isPrivate('192.0.2.1', { forwardedProto: 'https' })).toBe(false);
  });
});
