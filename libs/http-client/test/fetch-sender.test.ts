import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createHttpClient, createTransport, path } from '../src/index.js';
import { fetchSender } from '../src/fetch-sender.js';
import { serve, serveTcp } from './server.js';

/** As in a runtime whose undici has no `dispatch`. */
function clientOn(baseUrl: string, limits: { readMs?: number; writeMs?: number; abandonMs?: number } = {}) {
  const transport = { ...createTransport({ limits }), sender: fetchSender({ maxAnswerBytes: 1_000 }) };
  const client = createHttpClient({ transport, baseUrl, service: 'things', retry: { attempts: 1 } });
  return { client, transport };
}
const read = { operation: 'view', method: 'GET', path: path`/d`, expect: [200] } as const;
const write = { operation: 'create', method: 'POST', path: path`/d`, json: { a: 1 }, expect: [201] } as const;
const failure = (call: Promise<unknown>) => call.catch((error: unknown) => error);

describe('a client on fetch', () => {
  it('sends what it is given, and reads the answer', async () => {
    const server = await serve((_, response) => response.writeHead(201).end('{"id":"x"}'));
    const { client } = clientOn(server.url);
    const decode = ({ bytes }: { bytes: Buffer }) => JSON.parse(bytes.toString()) as unknown;
    expect(await client.request({ ...write, decode })).toEqual({ id: 'x' });
    expect(server.seen).toMatchObject([
      { line: 'POST /d', body: '{"a":1}', headers: { 'content-type': 'application/json' } },
    ]);
  });

  it('knows that nothing happened where no one listens', async () => {
    const closing = createServer().listen(0, '127.0.0.1');
    await once(closing, 'listening');
    const { port } = closing.address() as AddressInfo;
    await new Promise((done) => closing.close(done));
    const { client } = clientOn(`http://127.0.0.1:${port}`);
    expect(await failure(client.request(write))).toMatchObject({
      kind: 'unavailable',
      code: 'connect_failed',
      mayHaveHappened: false,
    });
  });

  it('takes a change that was cut off for one that may have happened', async () => {
    const address = await serveTcp((socket) => socket.once('data', () => socket.destroy()));
    const { client } = clientOn(`http://${address}`);
    expect(await failure(client.request(write))).toMatchObject({
      kind: 'ambiguous',
      code: 'connection_lost',
    });
    expect(await failure(client.request(read))).toMatchObject({ kind: 'unavailable' });
  });

  it('tells its time limit from an abort, and lets a change go on', async () => {
    const server = await serve(() => undefined);
    const { client, transport } = clientOn(server.url, { readMs: 100, writeMs: 100, abandonMs: 60_000 });
    expect(await failure(client.request(read))).toMatchObject({ kind: 'unavailable', code: 'timeout' });
    expect(transport.abandoned.count).toBe(0);
    expect(await failure(client.request(write))).toMatchObject({ kind: 'ambiguous', code: 'timeout' });
    expect(transport.abandoned.count).toBe(1);
    expect(await transport.abandoned.drain(0)).toBe(1);
    const leaving = new AbortController();
    const left = failure(client.request({ ...read, signal: leaving.signal }));
    leaving.abort();
    expect(await left).toMatchObject({ code: 'aborted' });
    const gone = AbortSignal.abort();
    expect(await failure(client.request({ ...write, signal: gone }))).toMatchObject({ kind: 'unavailable' });
  });

  it('follows no redirect, and reads no more than it may', async () => {
    const server = await serve((request, response) =>
      request.method === 'GET'
        ? response.end('x'.repeat(2_000))
        : response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    const { client } = clientOn(server.url);
    expect(await failure(client.request(read))).toMatchObject({ code: 'answer_too_large' });
    expect(await failure(client.request(write))).toMatchObject({ code: 'unexpected_status', status: 302 });
    expect(server.seen).toHaveLength(2);
  });

  it('sends nothing when it is closed, and takes no proxies', async () => {
    const server = await serve((_, response) => response.end());
    const { client, transport } = clientOn(server.url);
    await transport.sender.close();
    expect(await failure(client.request(read))).toMatchObject({ code: 'connect_failed' });
    expect(server.seen).toEqual([]);
    const proxies = { http: undefined, https: undefined, direct: [] } as never;
    expect(() => fetchSender({ proxies })).toThrow(expect.objectContaining({ code: 'proxies_unsupported' }));
  });
});
