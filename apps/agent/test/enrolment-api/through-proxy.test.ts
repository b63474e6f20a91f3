import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectProxy, type ConnectProxyOptions } from '@org/http-client/testing';
import { type AgentHome, type Ended } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

/** Only the proxy knows this name. */
const NAMES = { 'prov.internal': '127.0.0.1' };

const disk = folders();
const homes = new AgentHomes(disk);
const proxies: ConnectProxy[] = [];
let server: StandIn;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
});

afterEach(async () => {
  homes.close();
  for (const each of proxies.splice(0)) await each.close();
});

afterAll(() => {
  server.close();
  disk.remove();
});

async function start(options: ConnectProxyOptions = { names: NAMES }): Promise<ConnectProxy> {
  const proxy = await ConnectProxy.start(options);
  proxies.push(proxy);
  return proxy;
}

const behind = () => ({ url: `https://prov.internal:${server.port}`, options: server.options });
const aHome = (more: Record<string, unknown> = {}, where = behind()): AgentHome =>
  homes.make((path) => settingsFor(path, where, more));

async function enrolled(home: AgentHome, env: Record<string, string>): Promise<Ended> {
  const enrolling = home.start(['enrol', '--json'], env);
  const [, code] = await enrolling.said(/"code":"([^"]+)"/);
  server.approve(code);
  return enrolling.ended;
}

/** What it says of its first failure. */
async function waiting(home: AgentHome, env: Record<string, string>): Promise<string> {
  const enrolling = home.start(['enrol'], env);
  const [line] = await enrolling.said(/.*Trying again/, 'err');
  enrolling.kill('SIGINT');
  await enrolling.ended;
  return line;
}

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly message: string;
}

async function examined(home: AgentHome, env: Record<string, string>): Promise<Record<string, Finding>> {
  const { out, err } = await home.run(['doctor', '--json'], env);
  expect(err).toBe('');
  const { checks } = JSON.parse(out) as { checks: Finding[] };
  return Object.fromEntries(checks.map((each) => [each.check, each]));
}

describe('an agent behind a proxy that alone knows the server', () => {
  it('gets the root and its identity through it, and renews', async () => {
    const proxy = await start({ names: NAMES, credentials: 'plant:pass' });
    const env = { https_proxy: proxy.url.replace('//', '//plant:pass@') };
    const home = aHome();
    expect(await enrolled(home, env)).toMatchObject({ code: 0, err: '' });
    expect(new Set(proxy.asked)).toEqual(new Set([`prov.internal:${server.port}`]));
    expect(await home.run(['renew'], env)).toMatchObject({ code: 0, err: '' });
    const found = await examined(home, env);
    expect(found).toMatchObject({
      names: { result: 'skipped', message: 'prov.internal: the proxy looks it up' },
      proxy: {
        result: 'ok',
        message: `the proxy http://127.0.0.1:${proxy.port} (https_proxy) connects to prov.internal:${server.port}`,
      },
      tls: { result: 'ok' },
      server: { result: 'ok' },
      certificate: { result: 'ok' },
    });
    expect(JSON.stringify(found)).not.toContain('pass');
  });

  it.each([
    [
      'refuses',
      { status: 403 },
      /^The proxy http:\/\/127\.0\.0\.1:\d+ \(HTTPS_PROXY\) refused to connect to prov\.internal:\d+ \(status 403\)\./,
    ],
    ['wants a password', { credentials: 'plant:pass' }, /\(status 407\): it wants a user and a password/],
    ['does not know it either', {}, /\(status 502\)\./],
  ])('says so where the proxy %s', async (_, options: ConnectProxyOptions, words) => {
    const proxy = await start(options);
    const env = { HTTPS_PROXY: proxy.url };
    // With and without the root on the disk, it is another call that fails first.
    for (const trust of [{}, { provisioning: { grpc_url: behind().url } }]) {
      const home = aHome(trust);
      expect(await waiting(home, env)).toMatch(words);
      expect(await examined(home, env)).toMatchObject({
        proxy: { result: 'fail', message: expect.stringMatching(words) },
        tls: { result: 'fail', message: 'could not be looked at: see proxy' },
        server: { result: 'fail', message: `${behind().url} could not be asked: see proxy` },
      });
    }
  });

  it('says so where no one answers at the address of the proxy', async () => {
    const proxy = await start();
    const { port } = proxy;
    await proxy.close();
    const home = aHome({ proxy: { url: `127.0.0.1:${port}` } });
    const words = `The proxy http://127.0.0.1:${port} (proxy.url) cannot be reached: nothing listens there (ECONNREFUSED).`;
    expect(await waiting(home, {})).toContain(words);
    expect(await examined(home, {})).toMatchObject({ proxy: { message: words } });
  });

  it('has the same way on the older wire', async () => {
    const proxy = await start({ status: 403 });
    const home = aHome({ provisioning: { server_url: behind().url } });
    expect(await waiting(home, { https_proxy: proxy.url })).toMatch(
      /could not be asked: .*The proxy http.* refused to connect to prov\.internal/,
    );
    expect(proxy.asked).toContain(`prov.internal:${server.port}`);
  });
});

describe('an agent goes past the proxy of the environment', () => {
  const here = () => ({ url: server.url, options: server.options });

  it('to this machine', async () => {
    const proxy = await start();
    const variables = { http_proxy: proxy.url, https_proxy: proxy.url, grpc_proxy: proxy.url };
    expect(await enrolled(aHome({}, here()), variables)).toMatchObject({ code: 0, err: '' });
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    ['no_proxy', { no_proxy: 'other, .internal' }, {}],
    ['NO_PROXY', { NO_PROXY: 'prov.internal' }, {}],
    ['proxy.except', {}, { proxy: { except: '*' } }],
    ['proxy.url', {}, { proxy: { url: 'none' } }],
    [
      'MECHA_AGENT_HTTPS_PROXY',
      { MECHA_AGENT_HTTPS_PROXY: 'none' },
      { proxy: { url: 'http://127.0.0.1:9' } },
    ],
  ])('where %s says so', async (_, env, more) => {
    const proxy = await start();
    const home = aHome(more);
    expect(await waiting(home, { https_proxy: proxy.url, ...env } as Record<string, string>)).toMatch(
      /there is no such name|cannot be looked up/,
    );
    expect(proxy.asked).toEqual([]);
  });
});

it('what is no proxy is refused by the name of its variable, without its password', async () => {
  const ended = await aHome().run(['enrol'], { HTTPS_PROXY: 'https://plant:hunter2@proxy.example' });
  expect(ended).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /^error: HTTPS_PROXY: .*found a value that is not shown; wanted http:\/\/host:port/,
    ),
  });
  expect(ended.err).not.toContain('hunter2');
});
