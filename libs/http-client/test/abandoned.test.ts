import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type HttpError, type Transport, createHttpClient, createTransport, path } from '../src/index.js';
import { serve } from './server.js';

const post = { operation: 'create', method: 'POST', path: path`/d`, json: { a: 1 }, expect: [201] } as const;
const get = { operation: 'view', method: 'GET', path: path`/d`, expect: [200] } as const;

const transports: Transport[] = [];
afterEach(() => Promise.all(transports.splice(0).map(({ abandoned }) => abandoned.drain(0))));

/** A server that answers when told, and remembers whose connection was closed before that. */
async function slowServer() {
  const answers: (() => void)[] = [];
  let cut = 0;
  const server = await serve((request, response) => {
    response.once('close', () => (cut += response.writableEnded ? 0 : 1));
    answers.push(() => response.writeHead(request.method === 'POST' ? 201 : 200).end());
  });
  const asked = async (count: number) => {
    while (answers.length < count) await delay(5);
  };
  return { ...server, asked, answer: () => answers.shift()?.(), cuts: () => cut };
}

function clientWith(url: string, limits: Parameters<typeof createTransport>[0] = {}) {
  const transport = createTransport(limits);
  transports.push(transport);
  return { transport, client: createHttpClient({ baseUrl: url, service: 'things', transport }) };
}

const failed = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as HttpError,
  );

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

describe('a call that changes something, and that no one waits for any more', () => {
  it.each([
    ['when the caller leaves', {}, 'aborted'],
    ['when its time is up', { limits: { writeMs: 40 } }, 'timeout'],
  ] as const)('%s is ambiguous, and goes on until it is answered', async (_, options, code) => {
    const server = await slowServer();
    const { client, transport } = clientWith(server.url, options);
    const leaving = new AbortController();
    const call = failed(client.request({ ...post, signal: leaving.signal }));
    await server.asked(1);
    if (code === 'aborted') leaving.abort();
    expect(await call).toMatchObject({ kind: 'ambiguous', code, attempts: 1, mayHaveHappened: true });
    expect(transport.abandoned.count).toBe(1);
    // A signal for a closed connection would have come by now.
    await delay(30);
    expect(server.cuts()).toBe(0);
    server.answer();
    await eventually(() => transport.abandoned.count === 0);
    expect(server.cuts()).toBe(0);
  });

  it('is cut after the limit for that', async () => {
    const server = await slowServer();
    const { client, transport } = clientWith(server.url, { limits: { writeMs: 20, abandonMs: 40 } });
    expect(await failed(client.request(post))).toMatchObject({ kind: 'ambiguous', code: 'timeout' });
    await eventually(() => server.cuts() === 1);
    expect(transport.abandoned.count).toBe(0);
  });

  it('is cut at once where the limit is 0', async () => {
    const server = await slowServer();
    const { client, transport } = clientWith(server.url, { limits: { writeMs: 40, abandonMs: 0 } });
    await failed(client.request(post));
    expect(transport.abandoned.count).toBe(0);
    await eventually(() => server.cuts() === 1);
  });

  it('is no such call where it only reads, or is known to change nothing', async () => {
    const server = await slowServer();
    const { client, transport } = clientWith(server.url, { limits: { readMs: 20 } });
    await failed(client.request(get));
    await failed(client.request({ ...post, safe: true }));
    expect(transport.abandoned.count).toBe(0);
    await eventually(() => server.cuts() === 2);
  });

  it('has a limit of its own where it is known to take long', async () => {
    const server = await slowServer();
    const { client } = clientWith(server.url, { limits: { writeMs: 20, slowMs: 5_000 } });
    const call = client.request({ ...post, slow: true });
    await server.asked(1);
    await delay(60);
    server.answer();
    await call;
  });
});

describe('draining', () => {
  const abandonOne = async () => {
    const server = await slowServer();
    const { client, transport } = clientWith(server.url, { limits: { writeMs: 20 } });
    await failed(client.request(post));
    await server.asked(1);
    return { server, transport };
  };

  it('waits for calls that no one else waits for', async () => {
    const { server, transport } = await abandonOne();
    const draining = transport.abandoned.drain(10_000);
    server.answer();
    expect(await draining).toBe(0);
    await transport.close();
    expect(server.cuts()).toBe(0);
  });

  it('cuts what is left when its own time is up', async () => {
    const { server, transport } = await abandonOne();
    expect(await transport.abandoned.drain(20)).toBe(1);
    await transport.close();
    await eventually(() => server.cuts() === 1);
  });
});
