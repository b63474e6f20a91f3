import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { fetchHealth, fromJson, goList, goTime, needed, path } from '../src/index.js';
import { clientFor, serve } from './server.js';

const ok = await serve((_, response) => response.end('{"id":"7"}'));
const client = clientFor(`${ok.url}/base/`);
const last = () => ok.seen.at(-1)!;

describe('a request', () => {
  it('goes to the base address, with path, query, token and headers', async () => {
    await client.request({
      operation: 'list',
      method: 'GET',
      path: path`/d/${'33:52'}`,
      query: { name: 'a b&c', tag: ['x', 'y'], limit: 0, off: false, none: undefined },
      token: new Secret('t0ken'),
      headers: { 'x-request-id': 'r1' },
      expect: [200],
    });
    expect(last().line).toBe('GET /base/d/33:52?name=a+b%26c&tag=x&tag=y&limit=0&off=false');
    expect(last().headers).toMatchObject({ authorization: 'Bearer t0ken', 'x-request-id': 'r1' });
    expect(last().headers['content-type']).toBeUndefined();
  });

  it('sends what each attempt is to say, and tells how it ended', async () => {
    const told: object[] = [];
    let status = 503;
    const failing = await serve((_, response) => response.writeHead(status).end('{}'));
    const traced = clientFor(failing.url, {
      begin: (call) => {
        const header = `attempt ${told.length}`;
        status = told.length === 0 ? 503 : 200;
        return {
          headers: { traceparent: header },
          end: (attempt) => void told.push({ ...call, ...attempt }),
        };
      },
    });
    await traced.request({ operation: 'list', method: 'GET', path: path`/d`, expect: [200] });
    expect(failing.seen.map(({ headers }) => headers['traceparent'])).toEqual(['attempt 0', 'attempt 1']);
    expect(told).toMatchObject([
      { operation: 'list', method: 'GET', status: 503, failure: { kind: 'unavailable' } },
      { operation: 'list', method: 'GET', status: 200, failure: undefined },
    ]);
  });

  it('sends JSON with a content type without parameters', async () => {
    const json = { name: 'press-7', metadata: { ü: 1 } };
    await client.request({ operation: 'create', method: 'POST', path: path`/d`, json, expect: [200] });
    expect(last().headers['content-type']).toBe('application/json');
    expect(JSON.parse(last().body)).toEqual(json);
  });

  it('sends other bodies as they are', async () => {
    const headers = { 'content-type': 'application/yaml' };
    await client.request({
      operation: 'upload',
      method: 'POST',
      path: path`/d`,
      body: 'name: x',
      headers,
      expect: [200],
    });
    expect(last()).toMatchObject({ body: 'name: x', headers });
  });

  it('sends a device key with its own scheme, in UTF-8', async () => {
    await client.request({
      operation: 'fetch',
      method: 'GET',
      path: path`/d`,
      scheme: 'Client',
      token: new Secret('kéy€'),
      expect: [200],
    });
    expect(Buffer.from(last().headers.authorization!, 'latin1').toString('utf8')).toBe('Client kéy€');
  });

  it('refuses a token that cannot be a header, before anything is sent', async () => {
    const before = ok.seen.length;
    const call = client.request({
      operation: 'view',
      method: 'GET',
      path: path`/d`,
      token: new Secret('a\r\nx-evil: 1'),
      expect: [200],
    });
    await expect(call).rejects.toMatchObject({ kind: 'invalid', mayHaveHappened: false, attempts: 1 });
    expect(ok.seen.length).toBe(before);
  });

  it('decodes what was expected', async () => {
    const decode = fromJson<{ id: string }, string>((wire) => needed(wire.id));
    const id = await client.request({
      operation: 'view',
      method: 'GET',
      path: path`/d`,
      expect: [200],
      decode,
    });
    expect(id).toBe('7');
  });

  it('accepts an empty body where nothing is to be decoded', async () => {
    const empty = await serve((_, response) => response.end());
    const call = clientFor(empty.url).request({
      operation: 'update',
      method: 'PATCH',
      path: path`/`,
      expect: [200],
    });
    await expect(call).resolves.toBeUndefined();
  });

  it('tells an observer of every try, without secrets', async () => {
    const attempts: unknown[] = [];
    const observed = clientFor(ok.url, { observe: (attempt) => attempts.push(attempt) });
    const request = { method: 'GET', path: path`/d/${'id-1'}`, token: new Secret('t0ken') } as const;
    await observed.request({ ...request, operation: 'view', expect: [200] });
    await observed.request({ ...request, operation: 'peek', expect: [204] }).catch(() => undefined);
    expect(attempts).toEqual([
      {
        service: 'things',
        operation: 'view',
        method: 'GET',
        attempt: 1,
        status: 200,
        ms: expect.any(Number),
      },
      {
        service: 'things',
        operation: 'peek',
        method: 'GET',
        attempt: 1,
        status: 200,
        failure: { kind: 'unavailable', code: 'unexpected_status' },
        ms: expect.any(Number),
      },
    ]);
    expect(JSON.stringify(attempts)).not.toMatch(/t0ken|id-1/);
  });

  it.each(['ftp://x', 'x', 'http://u:p@x', 'http://x/?a=1', 'http://x/#a'])(
    'refuses the base address %s',
    (url) =>
      expect(() => clientFor(url)).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'invalid_base_url' }),
      ),
  );
});

describe('health', () => {
  it('is read as the services write it', async () => {
    const body = {
      status: 'pass',
      version: '0.20.0',
      commit: '7f03134d',
      description: 'clients service',
      build_time: '2026-05-08_10:35:00',
      instance_id: 'i-1',
    };
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'application/health+json' }).end(JSON.stringify(body)),
    );
    expect(await fetchHealth(clientFor(server.url))).toEqual({
      status: 'pass',
      version: '0.20.0',
      commit: '7f03134d',
      description: 'clients service',
      buildTime: '2026-05-08_10:35:00',
      instanceId: 'i-1',
    });
  });
});

describe("Go's JSON", () => {
  it.each([undefined, null, []])('reads the list %p as empty', (list) => expect(goList(list)).toEqual([]));
  it.each([undefined, null, '', '0001-01-01T00:00:00Z'])('reads the time %p as never', (time) =>
    expect(goTime(time)).toBeUndefined(),
  );
  it('keeps times as written', () =>
    expect(goTime('2026-05-08T09:00:00.123456Z')).toBe('2026-05-08T09:00:00.123456Z'));
});
