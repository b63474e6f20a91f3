import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { SERVICES } from './support/target.js';
import { newConfig } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

/** The path goes out as it is; `fetch` would clean it up. */
function exactly(base: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    rawRequest({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('routing (wire §0.3)', () => {
  it('answers an unknown path with plain text, and a wrong method with an empty 405', async () => {
    const unknown = await bench.call('users', 'GET', '/nowhere');
    expect([unknown.status, unknown.text]).toStrictEqual([404, '404 page not found\n']);
    expect(unknown.headers.get('content-type')).toContain('text/plain');
    const wrong = await bench.asOwner('clients', 'PUT', '/{domain}/clients');
    expect([wrong.status, wrong.text]).toStrictEqual([405, '']);
  });

  it('asks for a token before it says that a path below a domain is unknown', async () => {
    expect((await bench.call('clients', 'GET', '/{domain}/clients/a/b/c/d')).status).toBe(401);
    expect((await bench.asOwner('clients', 'GET', '/{domain}/clients/a/b/c/d')).status).toBe(404);
  });

  it('takes a slash at the end of a collection', async () => {
    expect((await bench.asOwner('clients', 'GET', '/{domain}/clients/')).status).toBe(200);
    expect((await bench.asOwner('channels', 'GET', '/{domain}/channels/')).status).toBe(200);
  });

  it('is healthy without asking who wants to know', async () => {
    for (const service of SERVICES) {
      const answer = await bench.call(service, 'GET', '/health');
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/health+json');
      expect(answer.json).toMatchObject({ status: 'pass', description: `${service} service` });
      expect((await bench.call(service, 'GET', '/metrics')).text).toContain('# TYPE');
    }
  });
});

describe('percent-encoding of path parameters (wire §0.3)', () => {
  // The characters that `encodeURIComponent` and Go treat differently.
  const odd = "a b$&+,:;=@!'()*ž";
  const goEncoded = 'a%20b$&+,:;=@%21%27%28%29%2A%C5%BE';

  it('decodes only what is encoded as Go would encode it', async () => {
    const externalId = `${fresh('x')}${odd}`;
    const { key } = await newConfig(bench, { external_id: externalId });
    const get = (encoded: string) =>
      exactly(bench.target.urls.bootstrap, `/clients/bootstrap/${encoded}`, {
        authorization: `Client ${key}`,
      });
    const prefix = externalId.slice(0, -odd.length);
    expect(await get(`${prefix}${goEncoded}`)).toBe(200);
    expect(await get(encodeURIComponent(externalId))).toBe(404);
    expect(await get(`${prefix}${goEncoded.replace(':', '%3A')}`)).toBe(404);
    expect(await get(`${prefix}${goEncoded.replace('%21', '!')}`)).toBe(404);
  });

  it('looks a wrongly encoded value up as it was sent', async () => {
    const externalId = `${fresh('x')}%3A1`;
    const { key } = await newConfig(bench, { external_id: externalId });
    const path = `/clients/bootstrap/${externalId}`;
    expect(await exactly(bench.target.urls.bootstrap, path, { authorization: `Client ${key}` })).toBe(200);
  });

  it('cannot address a value with a slash', async () => {
    const externalId = `${fresh('x')}/1`;
    const { key } = await newConfig(bench, { external_id: externalId });
    const headers = { authorization: `Client ${key}` };
    const { bootstrap } = bench.target.urls;
    expect(await exactly(bootstrap, `/clients/bootstrap/${encodeURIComponent(externalId)}`, headers)).toBe(
      404,
    );
    expect(await exactly(bootstrap, `/clients/bootstrap/${externalId}`, headers)).toBe(404);
  });

  it('refuses a broken escape outright', async () => {
    expect(await exactly(bench.target.urls.bootstrap, '/clients/bootstrap/%zz')).toBe(400);
  });
});

describe('JSON as Go reads it (wire §0.3)', () => {
  const create = async (body: string) => {
    const answer = await bench.asOwner('clients', 'POST', '/{domain}/clients', {
      body,
      type: 'application/json',
    });
    if (answer.status === 201) {
      bench.later('clients', 'DELETE', `/{domain}/clients/${answer.read<{ id: string }>().id}`);
    }
    return answer;
  };

  it.each([
    ['names in any case', '{"NAME":"n"}'],
    ['the last of two equal names', '{"name":"m","name":"n"}'],
    ['bytes after the first value', '{"name":"n"} and more }'],
    ['unknown names', '{"name":"n","whatever":{"deep":[1]}}'],
    ['null for a field', '{"name":"n","metadata":null,"tags":null,"credentials":null}'],
  ])('accepts %s', async (_what, body) => {
    const answer = await create(body);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ name: 'n' });
  });

  it('takes null for an object without fields', async () => {
    expect((await create('null')).status).toBe(201);
  });

  it.each([
    '',
    '{',
    '[]',
    '"text"',
    '{"name":1}',
    '{"tags":["a",1]}',
    '{"metadata":[]}',
    '{"credentials":"x"}',
  ])('refuses %j', async (body) => {
    const answer = await create(body);
    const text = message('request body is not a valid JSON, expecting a valid JSON');
    expect([answer.status, answer.text]).toStrictEqual([400, text]);
  });

  it('wants a type that contains application/json', async () => {
    const post = (type?: string) =>
      bench.asOwner('clients', 'POST', '/{domain}/clients', { body: '{', type: type ?? '' });
    expect((await post('application/json; charset=utf-8')).status).toBe(400);
    const plain = await post('text/plain');
    expect([plain.status, plain.text]).toStrictEqual([415, message('unsupported content type')]);
  });
});

describe('authentication (wire §1.9)', () => {
  const missing = message('missing or invalid bearer user token');
  const failed = message('failed to perform authentication over the entity');

  it.each([
    ['no header', undefined, missing],
    ['another scheme', 'Basic abc', missing],
    ['a lower-case scheme', 'bearer abc', missing],
    ['an empty token', 'Bearer ', missing],
    ['a bad token', 'Bearer abc', failed],
    ['a bad personal token', 'Bearer pat_abc_def', failed],
  ])('answers %s with 401', async (_what, authorization, text) => {
    for (const service of ['clients', 'channels'] as const) {
      const answer = await bench.call(service, 'GET', `/{domain}/${service}`, { authorization });
      expect([answer.status, answer.text]).toStrictEqual([401, text]);
    }
    for (const path of ['/{domain}/clients/configs', '/{domain}/clients/bootstrap/profiles']) {
      expect((await bench.call('bootstrap', 'GET', path, { authorization })).text).toBe(text);
    }
    expect((await bench.call('certs', 'GET', '/{domain}/certs', { authorization })).text).toBe(text);
  });

  it('does not look at the type of a token: a refresh token opens doors too', async () => {
    const token = bench.owner.refreshToken;
    expect((await bench.call('clients', 'GET', '/{domain}/clients', { token })).status).toBe(200);
  });

  it('wants a domain in the path, once it knows the caller', async () => {
    const { clients } = bench.target.urls;
    expect(await exactly(clients, '//clients')).toBe(401);
    expect(await exactly(clients, '//clients', { authorization: `Bearer ${bench.owner.token}` })).toBe(400);
  });
});
