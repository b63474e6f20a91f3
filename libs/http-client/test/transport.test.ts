import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { path } from '../src/index.js';
import { clientFor, serve, serveSelfSigned } from './server.js';

const get = { operation: 'view', method: 'GET', path: path`/d`, expect: [200] } as const;

/** A server that tells its connections apart, and holds every answer until `release`. */
async function busyServer() {
  const sockets = new Set<unknown>();
  const waiting: (() => void)[] = [];
  const server = await serve((request, response) => {
    sockets.add(request.socket);
    waiting.push(() => response.end());
  });
  const nextWaits = async (count: number) => {
    while (waiting.length < count) await new Promise((done) => setTimeout(done, 5));
  };
  return { ...server, sockets, waiting, nextWaits };
}

describe('connections', () => {
  it('are used again', async () => {
    const server = await busyServer();
    const client = clientFor(server.url);
    for (let i = 1; i <= 5; i++) {
      const call = client.request(get);
      await server.nextWaits(i);
      server.waiting[i - 1]!();
      await call;
    }
    // Two, because a call that follows at once may start before the first connection counts as free.
    expect(server.sockets.size).toBeLessThanOrEqual(2);
  });

  it('are as many as allowed, and a call that waits for one gives up in time, unsent', async () => {
    const server = await busyServer();
    const client = clientFor(server.url, {}, { connections: 1, limits: { readMs: 500 } });
    const first = client.request(get);
    await server.nextWaits(1);
    const leaving = new AbortController();
    const second = client.request({ ...get, method: 'POST', signal: leaving.signal });
    leaving.abort();
    await expect(second).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'aborted',
      mayHaveHappened: false,
    });
    server.waiting[0]!();
    await first;
    const third = client.request(get);
    await server.nextWaits(2);
    server.waiting[1]!();
    await third;
    expect(server.seen.map(({ line }) => line)).toEqual(['GET /d', 'GET /d']);
  });
});

describe("a server that the system's authorities vouch for, and a given CA does not", () => {
  const ofTheSystem = tls.getCACertificates('default');
  let url: string;
  let ca: string;

  beforeAll(async () => {
    const server = await serveSelfSigned((_, response) => response.end());
    url = server.url;
    tls.setDefaultCACertificates([...ofTheSystem, server.cert]);
    ca = (await serveSelfSigned((_, response) => response.end())).cert;
  });

  afterAll(() => tls.setDefaultCACertificates(ofTheSystem));

  it('is accepted where that CA is one more', () => clientFor(url, {}, { tls: { ca } }).request(get));

  it('is refused where that CA is the only one', () =>
    expect(clientFor(url, {}, { tls: { ca, exclusive: true } }).request(get)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'connect_failed',
    }));

  it('is accepted where none is given', () => clientFor(url, {}, { tls: { exclusive: true } }).request(get));
});
