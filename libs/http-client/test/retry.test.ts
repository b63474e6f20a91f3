import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@org/domain';
import { path } from '../src/index.js';
import { clientFor, deadUrl, impatientClock, serve, serveTcp } from './server.js';

const as = (method: 'GET' | 'PUT' | 'DELETE' | 'POST' | 'PATCH') =>
  ({ operation: 'op', method, path: path`/d`, expect: [200] }) as const;

/** Answers with these statuses, one after the other, then with 200. */
const answers = (...statuses: number[]) =>
  serve((_, response) => response.writeHead(statuses.shift() ?? 200).end());

describe('repeating', () => {
  it.each(['GET', 'PUT', 'DELETE'] as const)('a %s gets over two bad answers', async (method) => {
    const server = await answers(503, 500);
    await clientFor(server.url).request(as(method));
    expect(server.seen).toHaveLength(3);
  });

  it.each(['POST', 'PATCH'] as const)('a %s is never sent again after a bad answer', async (method) => {
    const server = await answers(503);
    const call = clientFor(server.url).request(as(method));
    await expect(call).rejects.toMatchObject({ kind: 'ambiguous', attempts: 1 });
    expect(server.seen).toHaveLength(1);
  });

  it('a POST that may be repeated is', async () => {
    const server = await answers(502);
    await clientFor(server.url).request({ ...as('POST'), repeatable: true });
    expect(server.seen).toHaveLength(2);
  });

  it('a DELETE that must not be repeated is not', async () => {
    const server = await answers(502);
    const call = clientFor(server.url).request({ ...as('DELETE'), repeatable: false });
    await expect(call).rejects.toMatchObject({ attempts: 1 });
  });

  it.each([400, 401, 403, 404, 409, 422])('a refusal with %i is final', async (status) => {
    const server = await answers(status);
    await expect(clientFor(server.url).request(as('GET'))).rejects.toMatchObject({ status, attempts: 1 });
  });

  it('ends after the allowed number of tries', async () => {
    const server = await answers(500, 500, 500, 500);
    const client = clientFor(server.url, { retry: { attempts: 4 } });
    await expect(client.request(as('GET'))).rejects.toMatchObject({ attempts: 4, details: { attempts: 4 } });
    expect(server.seen).toHaveLength(4);
  });

  it('makes up for connections that break', async () => {
    let count = 0;
    const address = await serveTcp((socket) => {
      socket.once('data', () =>
        count++ === 0 ? socket.resetAndDestroy() : socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
      );
    });
    await clientFor(`http://${address}`).request(as('GET'));
    expect(count).toBe(2);
  });

  it('sends a POST again when a limit refused it, as it then did nothing', async () => {
    const server = await answers(429);
    await clientFor(server.url).request(as('POST'));
    expect(server.seen).toHaveLength(2);
  });

  it('never takes "nothing was sent" for "did not happen" when an earlier try got through', async () => {
    const address = await serveTcp((socket, stop) => {
      stop();
      socket.once('data', () => socket.resetAndDestroy());
    });
    const call = clientFor(`http://${address}`).request(as('DELETE'));
    await expect(call).rejects.toMatchObject({
      kind: 'ambiguous',
      code: 'connect_failed',
      attempts: 3,
      mayHaveHappened: true,
    });
  });

  it('tells of an earlier try that got through even when the last one was refused', async () => {
    const server = await answers(500, 404);
    const call = clientFor(server.url).request(as('DELETE'));
    await expect(call).rejects.toMatchObject({ kind: 'not_found', attempts: 2, mayHaveHappened: true });
  });
});

describe('pauses', () => {
  it('double, with full jitter, up to their limit', async () => {
    const { clock, pauses } = impatientClock();
    const retry = { attempts: 6, baseMs: 100, maxMs: 500 };
    const client = clientFor(await deadUrl(), { clock, retry, random: () => 0.5 });
    await client.request(as('GET')).catch(() => undefined);
    expect(pauses).toEqual([50, 100, 200, 250, 250]);
  });

  it.each([
    ['1', 1000],
    [new Date(Date.UTC(2030, 0, 1, 0, 0, 2)).toUTCString(), 2000],
  ])("respect Retry-After: %s, a date by the server's clock whatever ours says", async (header, ms) => {
    const { pauses, clock } = impatientClock();
    clock.now = () => Date.UTC(2030, 0, 1, 5);
    const date = new Date(Date.UTC(2030, 0, 1)).toUTCString();
    let tries = 0;
    const server = await serve((_, response) =>
      response.writeHead(tries++ === 0 ? 503 : 200, { date, 'retry-after': header }).end(),
    );
    await clientFor(server.url, { clock, random: () => 0 }).request(as('GET'));
    expect(pauses).toEqual([ms]);
  });

  it('are not made when the server asks for a longer one; the error says how long', async () => {
    const server = await serve((_, response) => response.writeHead(503, { 'retry-after': '120' }).end());
    const call = clientFor(server.url).request(as('GET'));
    await expect(call).rejects.toMatchObject({ attempts: 1, retryAfterMs: 120_000 });
  });

  it('end when the caller leaves', async () => {
    const leaving = new AbortController();
    const server = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '2' }).end(() => setImmediate(() => leaving.abort()));
    });
    const client = clientFor(server.url, { clock: systemClock });
    await expect(client.request({ ...as('GET'), signal: leaving.signal })).rejects.toMatchObject({
      attempts: 1,
    });
  });
});
