import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ProxySettings, Secret } from '@org/domain';
import { path } from '../src/index.js';
import { ConnectProxy, type ConnectProxyOptions } from '../src/testing/index.js';
import { openTunnel, tunnelProblem } from '../src/tunnel/index.js';
import { clientFor, deadUrl, serve, serveSelfSigned } from './server.js';

const get = { operation: 'view', method: 'GET', path: path`/d`, expect: [200] } as const;
const NAMES = { 'prov.internal': '127.0.0.1' };

const proxies: ConnectProxy[] = [];
let server: Awaited<ReturnType<typeof serveSelfSigned>>;

beforeAll(async () => {
  server = await serveSelfSigned((_, response) => response.end());
});

afterEach(async () => {
  for (const each of proxies.splice(0)) await each.close();
});

async function start(options: ConnectProxyOptions = { names: NAMES }): Promise<ConnectProxy> {
  const proxy = await ConnectProxy.start(options);
  proxies.push(proxy);
  return proxy;
}

const settings = (port: number, more: { credentials?: string; noProxy?: string[] } = {}): ProxySettings => ({
  proxy: {
    host: '127.0.0.1',
    port,
    credentials: more.credentials === undefined ? undefined : new Secret(more.credentials),
    from: 'https_proxy',
  },
  noProxy: more.noProxy ?? [],
});

const clientThrough = (url: string, proxies: ProxySettings) =>
  clientFor(url, { retry: { attempts: 1 } }, { tls: { ca: server.cert }, proxies });

describe('calls', () => {
  it('with TLS go through the proxy, which alone knows the name', async () => {
    const proxy = await start();
    const client = clientThrough(`https://prov.internal:${server.port}`, settings(proxy.port));
    for (let calls = 0; calls < 4; calls++) await client.request(get);
    // Connections are used again here, too; a call that follows at once may not find one free yet.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
    expect(new Set(proxy.asked)).toEqual(new Set([`prov.internal:${server.port}`]));
  });

  it('show the credentials to the proxy', async () => {
    const proxy = await start({ names: NAMES, credentials: 'plant:pass' });
    const url = `https://prov.internal:${server.port}`;
    await clientThrough(url, settings(proxy.port, { credentials: 'plant:pass' })).request(get);
    await expect(clientThrough(url, settings(proxy.port)).request(get)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'connect_failed',
      cause: {
        code: 'proxy_refused',
        message: `The proxy http://127.0.0.1:${proxy.port} (https_proxy) refused to connect to prov.internal:${server.port} (status 407): it wants a user and a password, as in http://user:password@host:port.`,
      },
    });
  });

  it('to this machine, to exempt hosts and without TLS go direct', async () => {
    const proxy = await start();
    await clientThrough(server.url, settings(proxy.port)).request(get);
    const plain = await serve((_, response) => response.end());
    await clientThrough(plain.url, settings(proxy.port)).request(get);
    const exempt = settings(proxy.port, { noProxy: ['internal'] });
    await expect(
      clientThrough(`https://prov.internal:${server.port}`, exempt).request(get),
    ).rejects.toMatchObject({ code: 'connect_failed', cause: { code: 'ENOTFOUND' } });
    expect(proxy.asked).toEqual([]);
  });

  it('fail for certain when the proxy does not connect, and name it', async () => {
    const url = `https://prov.internal:${server.port}`;
    const refusing = await start({ status: 403 });
    const dead = Number(new URL(await deadUrl()).port);
    for (const [port, code, message] of [
      [refusing.port, 'proxy_refused', /refused to connect to prov\.internal:\d+ \(status 403\)\.$/],
      [
        dead,
        'proxy_unreachable',
        /\(https_proxy\) cannot be reached: nothing listens there \(ECONNREFUSED\)\.$/,
      ],
    ] as const) {
      const call = clientThrough(url, settings(port)).request({ ...get, method: 'POST' });
      await expect(call).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'connect_failed',
        mayHaveHappened: false,
        cause: { code, message: expect.stringMatching(message) },
      });
    }
  });
});

describe('a tunnel', () => {
  const through = (port: number, host = 'prov.internal') => ({
    proxy: settings(port).proxy,
    host,
    port: server.port,
  });

  it('has a problem or has none', async () => {
    const { port } = await start();
    expect(await tunnelProblem(through(port), { timeoutMs: 60_000 })).toBeUndefined();
    expect(await tunnelProblem(through(port, 'other.internal'), { timeoutMs: 60_000 })).toMatchObject({
      code: 'proxy_refused',
      details: { status: 502 },
    });
  });

  it('writes IPv6 addresses in brackets', async () => {
    const proxy = await start({ names: { '2001:db8::7': '127.0.0.1' } });
    (await openTunnel(through(proxy.port, '2001:db8::7'), { timeoutMs: 60_000 })).destroy();
    expect(proxy.asked).toEqual([`[2001:db8::7]:${server.port}`]);
  });

  it('is not waited for without end, nor once no one wants it', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await expect(openTunnel(through(port), { timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'proxy_unreachable',
      message: expect.stringContaining('no answer in time'),
    });
    const leaving = new AbortController();
    const left = openTunnel(through(port), { timeoutMs: 60_000, signal: leaving.signal });
    const reason = new Error('left');
    leaving.abort(reason);
    await expect(left).rejects.toBe(reason);
    silent.close();
  });

  it('is not made by what is no proxy', async () => {
    const plain = await serve((_, response) => response.writeHead(404).end());
    const problem = await tunnelProblem(through(Number(new URL(plain.url).port)), { timeoutMs: 60_000 });
    expect(problem).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('The proxy http'),
    });
    const shy = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0\r\n'));
    await new Promise<void>((resolve) => shy.listen(0, '127.0.0.1', resolve));
    const { port } = shy.address() as AddressInfo;
    expect(await tunnelProblem(through(port), { timeoutMs: 60_000 })).toMatchObject({
      code: 'proxy_unreachable',
    });
    shy.close();
  });
});
