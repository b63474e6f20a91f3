import { describe, expect, it } from '@jest/globals';
import { Secret, isProvisionError } from '@org/domain';
import { inspect } from 'node:util';
import { type HttpError, fromJson, isHttpError, needed, path, refineBy } from '../src/index.js';
import { clientFor, deadUrl, serve, serveSelfSigned, serveTcp } from './server.js';

const get = { operation: 'view', method: 'GET', path: path`/d`, expect: [200] } as const;
const post = { operation: 'create', method: 'POST', path: path`/d`, json: { a: 1 }, expect: [201] } as const;
const once = { retry: { attempts: 1 } };
const decode = fromJson<{ id: string }, string>((wire) => needed(wire.id));

const failed = async (call: Promise<unknown>): Promise<HttpError> => {
  const error: unknown = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!isHttpError(error)) throw error;
  return error;
};

describe('a status', () => {
  it.each([
    [401, 'unauthenticated', 'unauthenticated', 'unauthenticated'],
    [403, 'forbidden', 'forbidden', 'forbidden'],
    [404, 'not_found', 'not_found', 'not_found'],
    [408, 'unavailable', 'unavailable', 'timeout'],
    [409, 'conflict', 'conflict', 'conflict'],
    [400, 'invalid', 'invalid', 'invalid_request'],
    [415, 'invalid', 'invalid', 'invalid_request'],
    [422, 'invalid', 'invalid', 'invalid_request'],
    [429, 'unavailable', 'unavailable', 'rate_limited'],
    [500, 'unavailable', 'ambiguous', 'server_error'],
    [503, 'unavailable', 'ambiguous', 'server_error'],
    [302, 'unavailable', 'unavailable', 'unexpected_status'],
    [202, 'unavailable', 'ambiguous', 'unexpected_status'],
  ])('%i is %s to a read, %s to a write', async (status, read, write, code) => {
    const server = await serve((_, response) =>
      response.writeHead(status).end('{"message":"entity not found"}'),
    );
    const client = clientFor(server.url, once);
    expect(await failed(client.request(get))).toMatchObject({ kind: read, code, status });
    const error = await failed(client.request(post));
    expect(error).toMatchObject({ kind: write, code, status, mayHaveHappened: write === 'ambiguous' });
    expect(error.upstreamMessage).toBe('entity not found');
    expect(error.details).toEqual({ service: 'things', operation: 'create', attempts: 1, status });
    expect(isProvisionError(error)).toBe(true);
  });

  it.each([
    ['', undefined],
    ['<html>Bad Gateway</html>', undefined],
    ['null', undefined],
    ['{"message":7}', undefined],
    ['{"error":"conflict","message":"failed"}', 'failed: conflict'],
    ['{"error":"conflict"}', 'conflict'],
  ])('with the body %p has the message %p', async (body, message) => {
    const server = await serve((_, response) => response.writeHead(400).end(body));
    expect((await failed(clientFor(server.url).request(get))).upstreamMessage).toBe(message);
  });

  it('comes with the whole body for a caller who asks for it, and for no log', async () => {
    const body = { message: 'taken', leftovers: [{ id: 'hunter2' }] };
    const server = await serve((_, response) => response.writeHead(409).end(JSON.stringify(body)));
    const error = await failed(clientFor(server.url).request(post));
    expect(error.body).toEqual(body);
    expect(inspect(error, { depth: 9 }) + JSON.stringify({ ...error })).not.toContain('hunter2');
  });

  it('of refusal counts even when its text is cut off', async () => {
    const address = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 99\r\n\r\n{"mess'));
    });
    expect(await failed(clientFor(`http://${address}`).request(post))).toMatchObject({
      kind: 'forbidden',
      status: 403,
    });
  });

  it.each([
    [422, 'wrong password', 'unauthenticated', 'bad_credentials'],
    [404, 'entity not found', 'unauthenticated', 'unverified_user'],
    [422, 'something else', 'invalid', 'invalid_request'],
  ])('%i with %p can mean something else to an operation', async (status, message, kind, code) => {
    const server = await serve((_, response) => response.writeHead(status).end(JSON.stringify({ message })));
    const refine = refineBy({
      '404': { kind: 'unauthenticated', code: 'unverified_user' },
      '422 wrong password': { kind: 'unauthenticated', code: 'bad_credentials' },
    });
    const error = await failed(clientFor(server.url).request({ ...post, refine }));
    expect(error).toMatchObject({ kind, code, status, upstreamMessage: message });
  });
});

describe('nothing was sent, so that it did certainly not happen,', () => {
  it('when no one listens', async () => {
    const error = await failed(clientFor(await deadUrl()).request(post));
    expect(error).toMatchObject({
      kind: 'unavailable',
      code: 'connect_failed',
      status: undefined,
      attempts: 3,
    });
    expect(error.mayHaveHappened).toBe(false);
  });

  it('when the name does not resolve', async () => {
    const error = await failed(clientFor('http://no-such-host.invalid', once).request(post));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'connect_failed' });
  });

  it('when no one vouches for the certificate', async () => {
    const server = await serveSelfSigned((_, response) => response.end());
    const error = await failed(clientFor(server.url, once).request(post));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'connect_failed' });
    expect(error.cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('when the TLS handshake hangs', async () => {
    const address = await serveTcp(() => undefined);
    const client = clientFor(`https://${address}`, once, { limits: { connectMs: 60 } });
    expect(await failed(client.request(post))).toMatchObject({ kind: 'unavailable', code: 'connect_failed' });
  });

  it('when the time is up before there is a connection', async () => {
    const address = await serveTcp(() => undefined);
    const client = clientFor(`https://${address}`, {}, { limits: { connectMs: 300, writeMs: 30 } });
    expect(await failed(client.request(post))).toMatchObject({
      kind: 'unavailable',
      code: 'timeout',
      attempts: 1,
    });
  });

  it('when the caller had left before', async () => {
    const server = await serve((_, response) => response.end());
    const error = await failed(clientFor(server.url).request({ ...post, signal: AbortSignal.abort('gone') }));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'aborted', attempts: 1 });
    expect(server.seen).toEqual([]);
  });
});

describe('no usable answer is unavailable to a read, ambiguous to a write,', () => {
  const limits = { readMs: 60, writeMs: 60 };
  const both = async (url: string, code: string) => {
    const client = clientFor(url, once, { limits, maxAnswerBytes: 1000 });
    expect(await failed(client.request({ ...get, decode }))).toMatchObject({ kind: 'unavailable', code });
    const write = { ...post, expect: [200, 201], decode };
    expect(await failed(client.request(write))).toMatchObject({
      kind: 'ambiguous',
      code,
      mayHaveHappened: true,
    });
  };

  it('when the headers are late', async () => both((await serve(() => undefined)).url, 'timeout'));

  it('when the body stops midway', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-length': 9 }).write('{"id"'),
    );
    await both(server.url, 'timeout');
  });

  it('when the connection is reset', async () => {
    const address = await serveTcp((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    await both(`http://${address}`, 'connection_lost');
  });

  it('when the body is cut off', async () => {
    const address = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"id"'));
    });
    await both(`http://${address}`, 'connection_lost');
  });

  it('when it is not HTTP', async () => {
    const address = await serveTcp(
      (socket) => void socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')),
    );
    await both(`http://${address}`, 'unreadable_answer');
  });

  it.each(['', '{"id"', '[]', '"x"', '{"id":null}', '{}'])('when the body is %p', async (body) => {
    const server = await serve((_, response) => response.end(body));
    await both(server.url, 'unreadable_answer');
  });

  it('when the body is too large', async () => {
    const server = await serve((_, response) => response.end(JSON.stringify({ id: 'x'.repeat(2000) })));
    await both(server.url, 'answer_too_large');
  });

  it('when the caller leaves meanwhile', async () => {
    const leaving = new AbortController();
    const server = await serve(() => leaving.abort());
    const error = await failed(clientFor(server.url).request({ ...post, signal: leaving.signal }));
    expect(error).toMatchObject({ kind: 'ambiguous', code: 'aborted', attempts: 1 });
  });

  it('when the time for the whole call is up', async () => {
    const server = await serve(() => undefined);
    const client = clientFor(server.url, {}, { limits: { writeMs: 60 } });
    expect(await failed(client.request({ ...post, repeatable: true }))).toMatchObject({
      kind: 'ambiguous',
      code: 'timeout',
      attempts: 1,
    });
  });

  it('unless the operation is known to change nothing', async () => {
    const server = await serve((_, response) => response.writeHead(500).end());
    expect(await failed(clientFor(server.url, once).request({ ...post, safe: true }))).toMatchObject({
      kind: 'unavailable',
    });
  });
});

describe('an error shows no secret', () => {
  it.each([
    ['a refusal', 'HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}'],
    ['JSON that breaks off', 'HTTP/1.1 201 Created\r\ncontent-length: 18\r\n\r\n{"key":"hunter2" x'],
    ['an answer that is not HTTP', 'hunter2 hunter2\r\n\r\n'],
    ['a cut answer', 'HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{"key":"hunter2"'],
  ])('after %s', async (_, answer) => {
    const address = await serveTcp((socket) => void socket.once('data', () => socket.end(answer)));
    const call = clientFor(`http://${address}`, once).request({
      ...post,
      path: path`/d/${'hunter2'}`,
      query: { key: 'hunter2' },
      token: new Secret('hunter2'),
      json: { secret: 'hunter2' },
      decode,
    });
    const error = await failed(call);
    expect(inspect(error, { depth: 8, showHidden: true })).not.toContain('hunter2');
  });
});

describe('TLS', () => {
  it('accepts a certificate that a given CA vouches for', async () => {
    const server = await serveSelfSigned((_, response) => response.end('{"id":"7"}'));
    const client = clientFor(server.url, {}, { tls: { ca: server.cert } });
    expect(await client.request({ ...get, decode })).toBe('7');
  });

  it('accepts any certificate only when verification is off', async () => {
    const server = await serveSelfSigned((_, response) => response.end('{"id":"7"}'));
    const client = clientFor(server.url, {}, { tls: { verify: false } });
    expect(await client.request({ ...get, decode })).toBe('7');
  });

  it('refuses a CA that is none', () =>
    expect(() => clientFor('https://x', {}, { tls: { ca: 'garbage' } })).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'invalid_tls_ca' }),
    ));
});
