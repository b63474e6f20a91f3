import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type Proxy, parseNoProxy, parseProxy, proxyFor, proxyName } from '../src/index.js';

const PROXY: Proxy = { host: 'proxy.example', port: 3128, credentials: undefined, from: 'https_proxy' };

const through = (url: string, noProxy = ''): boolean =>
  proxyFor({ proxy: PROXY, noProxy: parseNoProxy(noProxy) }, url) === PROXY;

describe('the address of a proxy', () => {
  it.each([
    ['http://proxy.example:3128', 'proxy.example', 3128],
    ['http://proxy.example', 'proxy.example', 80],
    ['HTTP://Proxy.Example:3128/', 'proxy.example', 3128],
    ['proxy.example:3128', 'proxy.example', 3128],
    ['http://[2001:db8::1]:3128', '2001:db8::1', 3128],
  ])('%s', (text, host, port) => expect(parseProxy(text)).toEqual({ host, port, credentials: undefined }));

  it('may have credentials, which are not shown', () => {
    const parsed = parseProxy('http://plant:p%40ss%3Aw@proxy.example:3128');
    if (typeof parsed !== 'object') throw new Error('not read');
    expect(parsed.credentials!.reveal()).toBe('plant:p@ss:w');
    const proxy = { ...parsed, from: 'HTTPS_PROXY' };
    for (const text of [inspect(proxy), JSON.stringify(proxy), proxyName(proxy)])
      expect(text).not.toMatch(/plant|p@ss/);
    expect(proxyName(proxy)).toBe('the proxy http://proxy.example:3128 (HTTPS_PROXY)');
  });

  it('may be none', () => expect(parseProxy('none')).toBe('none'));

  it.each([
    ...['', 'https://proxy.example', 'socks5://proxy.example:1080', 'http://', 'http://proxy:port'],
    ...['http://proxy.example/path', 'http://proxy.example?x', 'http://%zz:x@proxy.example', 'a b'],
  ])('is not %j', (text) => expect(parseProxy(text)).toBeUndefined());
});

describe('a connection', () => {
  it('with TLS goes through the proxy, one without does not', () => {
    expect(through('https://prov.example')).toBe(true);
    expect(through('https://198.51.100.7:9017')).toBe(true);
    expect(through('http://prov.example')).toBe(false);
    expect(proxyFor(undefined, 'https://prov.example')).toBeUndefined();
  });

  it.each([
    ...['https://localhost:9017', 'https://LOCALHOST.', 'https://api.localhost', 'https://127.0.0.1'],
    ...['https://127.9.8.7:1', 'https://[::1]:9017', 'https://[::ffff:127.0.0.1]'],
  ])('to this machine never does: %s', (url) => expect(through(url)).toBe(false));

  it.each([
    ['https://prov.example', '*'],
    ['https://prov.example', 'prov.example'],
    ['https://PROV.example.', 'x.example, Prov.Example'],
    ['https://a.prov.example', 'prov.example'],
    ['https://a.prov.example', '.prov.example'],
    ['https://a.prov.example', '*.prov.example'],
    ['https://prov.example:9017', 'prov.example:9017'],
    ['https://prov.example', 'x prov.example:443'],
    ['https://198.51.100.7', '198.51.100.7'],
    ['https://198.51.100.7', '198.51.100.0/24'],
    ['https://198.51.100.7:9017', '198.51.100.7:9017'],
    ['https://[2001:db8::7]', '2001:db8::/32'],
    ['https://[2001:db8::7]:9017', '[2001:db8::7]:9017'],
    ['https://[2001:db8::7]', '[2001:db8::7]'],
  ])('to %s does not with NO_PROXY %j', (url, noProxy) => expect(through(url, noProxy)).toBe(false));

  it.each([
    ['https://prov.example', ''],
    ['https://prov.example', ' , '],
    ['https://notprov.example', 'prov.example'],
    ['https://prov.example', 'a.prov.example'],
    ['https://prov.example:9017', 'prov.example:443'],
    ['https://198.51.100.7', '198.51.101.0/24'],
    ['https://198.51.100.7', '100.7'],
    ['https://198.51.100.7', '198.51.100.0/33'],
    ['https://198.51.100.7', '198.51.100.0/x'],
    ['https://[2001:db8::7]', '2001:db9::/32'],
    ['https://[2001:db8::7]', '198.51.100.0/24'],
  ])('to %s does with NO_PROXY %j', (url, noProxy) => expect(through(url, noProxy)).toBe(true));
});
