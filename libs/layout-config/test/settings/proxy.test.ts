import { expect, test } from '@jest/globals';
import { describeConfig, describeConfigJson } from '../../src/index.js';
import { config, load, problems, warned } from '../support.js';

const WITH_PASSWORD = 'http://plant:hunter2@proxy.example:3128';

test('a proxy is named by where it was set', () => {
  expect(config(undefined, { HTTPS_PROXY: WITH_PASSWORD }).outbound.proxies).toMatchObject({
    proxy: { host: 'proxy.example', port: 3128, from: 'HTTPS_PROXY' },
    noProxy: [],
  });
  const file = '[server]\nhttps_proxy = "proxy.example:3128"';
  expect(config(file, { no_proxy: 'a b,C' }).outbound.proxies).toMatchObject({
    proxy: { from: 'server.https_proxy' },
    noProxy: ['a', 'b', 'c'],
  });
});

test("the product's own variable wins, and can switch off what is there for other programs", () => {
  const env = { MG_PROVISION_HTTPS_PROXY: 'none', https_proxy: WITH_PASSWORD, HTTPS_PROXY: 'http://other:1' };
  const off = load(undefined, env);
  expect(off.ok && off.config.outbound.proxies).toBeUndefined();
  expect(warned(off)).not.toContain('https_proxy, HTTPS_PROXY');
  expect(
    config('[server]\nhttps_proxy = "none"', { https_proxy: WITH_PASSWORD }).outbound.proxies,
  ).toBeUndefined();
});

test('http_proxy and ALL_PROXY say nothing of connections with TLS', () => {
  const env = { http_proxy: WITH_PASSWORD, HTTP_PROXY: WITH_PASSWORD, ALL_PROXY: WITH_PASSWORD };
  expect(config(undefined, env).outbound.proxies).toBeUndefined();
});

test('what is no such proxy is refused by the name of its variable, and not shown', () => {
  for (const value of [
    'https://plant:hunter2@proxy.example',
    'socks5://proxy.example',
    'http://plant:hunter2@x/y',
  ]) {
    const [problem] = problems(undefined, { https_proxy: value });
    expect(problem).toMatchObject({
      key: 'https_proxy',
      found: '[redacted]',
      wanted: 'http://host:port, http://user:password@host:port, or none',
    });
  }
});

test('its password is shown nowhere', () => {
  const result = load(undefined, { https_proxy: WITH_PASSWORD });
  const shown = describeConfig(result) + JSON.stringify(describeConfigJson(result));
  expect(shown).toContain('http://proxy.example:3128');
  expect(shown + JSON.stringify(result)).not.toContain('hunter2');
});
