import { beforeAll, describe, expect, it } from '@jest/globals';
import { createMechaClient } from '../../src/enrolment/mecha/index.js';
import { ServerClock, isRefusal } from '../../src/index.js';
import { signPath } from '../../src/enrolment/mecha/sign-url.js';
import { NOW, TestAuthority, TestClock } from '../support/authority.js';
import { csrOf, provision, storeIn } from '../support/device.js';
import { aFolder } from '../support/folder.js';
import { type Handler, aServer, aTransport } from '../support/http-server.js';
import { aMechaServer, accepted, refused } from '../support/mecha-server.js';

let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.make();
});

const transport = aTransport();
const clientOf = (serverUrl: string) => createMechaClient({ transport, serverUrl, clock: new TestClock() });
const answering = async (handle: Handler) => clientOf((await aServer(handle)).url);
const begun = { code: 'ABC123', lifetimeMs: 1, intervalMs: 1 };
const manifest = {
  machine_id: 'm-1',
  cert_sign_url: '/v1/provisioning/cert/sign?ticket=t',
  cert_valid_upto: '',
};

describe("mecha's wire", () => {
  it('finds and signs as mecha-agent does, below a path too', async () => {
    for (const prefix of ['', '/api']) {
      const server = await aMechaServer(authority, prefix);
      const client = clientOf(`${server.url}${prefix}`);
      const code = await client.begin({ csr: '', keyFingerprint: '', device: {} });
      expect(code).toMatchObject({ code: expect.stringMatching(/^[A-Z0-9]{6}$/), lifetimeMs: 60e3 });
      expect(await client.poll(code)).toEqual({ state: 'pending' });
      server.claimed.set(code.code, 'm-1');
      const poll = await client.poll(code);
      if (poll.state !== 'approved') throw new Error(poll.state);
      const key = await storeIn(aFolder()).keys.prepare('RSA-2048');
      const csr = await csrOf(key, 'm-1');
      const issued = await client.redeem({ begun: code, grant: poll.grant, csr });
      expect(issued.certificate).toMatch(/^-----BEGIN CERTIFICATE/);
      expect(issued.root).toBe(authority.rootPem);
      const sign = server.requests.at(-1)!;
      expect(sign).toMatchObject({
        method: 'POST',
        url: `${prefix}/v1/provisioning/cert/sign?ticket=ticket-${code.code}`,
      });
      expect(sign.headers['content-type']).toBe('application/json');
      expect(Object.entries(JSON.parse(sign.body) as object)).toEqual([
        ['csr', csr],
        ['machine_id', 'm-1'],
        ['request_type', 'Provision'],
      ]);
    }
  });

  it('escapes the code', async () => {
    const server = await aMechaServer(authority);
    server.claimed.set('a&b #c+d', 'm-1');
    expect(await clientOf(server.url).poll({ ...begun, code: 'a&b #c+d' })).toMatchObject({
      state: 'approved',
    });
  });

  it('asks for a new certificate under the path of the settings', async () => {
    const store = storeIn(aFolder());
    await provision(store, authority);
    const { identity } = await store.report(NOW);
    const csr = await csrOf(await store.keys.prepare('P-256'));
    const server = await aMechaServer(authority);
    await clientOf(server.url).renew({ identity: identity!, csr, expired: false });
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/v1/provisioning/cert/sign' });
    expect(JSON.parse(server.requests[0]!.body)).toEqual({
      csr,
      machine_id: 'machine-1',
      request_type: 'ReIssue',
    });
  });

  it.each([
    ['404 with an envelope', refused(404, 'CODE_NOT_FOUND'), { state: 'pending' }],
    ['404 without one', { status: 404, body: 'nope' }, { state: 'pending' }],
    ['200 that says 404', { ...refused(404, 'X'), status: 200 }, { state: 'pending' }],
    ['403', refused(403, 'DENIED'), { state: 'denied' }],
    ['410', refused(410, 'GONE'), { state: 'expired' }],
  ])('takes %s to a question about a code', async (_, response, poll) => {
    expect(await (await answering(() => response)).poll(begun)).toEqual(poll);
  });

  it.each([
    [
      'a failure with a payload that parses',
      { ...accepted(manifest), status: 500 },
      'unavailable',
      'server_error',
    ],
    [
      'success: false with a payload',
      { status: 200, body: { ...(accepted(manifest).body as object), success: false } },
      'invalid',
      'server_refused',
    ],
    [
      'a statusCode that says otherwise',
      { status: 200, body: { ...(accepted(manifest).body as object), statusCode: 500 } },
      'unavailable',
      'server_refused',
    ],
    ['no envelope', { status: 200, body: manifest }, 'unavailable', 'unreadable_answer'],
    ['HTML', { status: 200, body: '<html>' }, 'unavailable', 'unreadable_answer'],
    ['a payload that lacks something', accepted({ machine_id: 'm-1' }), 'ambiguous', 'unreadable_answer'],
    [
      'a payload of the wrong type',
      accepted({ ...manifest, machine_id: 7 }),
      'ambiguous',
      'unreadable_answer',
    ],
    ['no payload', accepted(null), 'ambiguous', 'unreadable_answer'],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      'unavailable',
      'unexpected_status',
    ],
    ['a refusal with a code', refused(400, 'BAD_CODE'), 'invalid', 'server_refused'],
    ['what a proxy denies', { status: 403, body: 'no' }, 'unavailable', 'proxy_answered'],
    ['what is gone for a proxy', { status: 410, body: { status: 'gone' } }, 'unavailable', 'proxy_answered'],
  ])('does not take %s for an approval', async (_, response, kind, code) => {
    const client = await answering(() => response);
    await expect(client.poll(begun)).rejects.toMatchObject({ kind, code });
  });

  it('tells a refusal to sign from "not claimed yet", and a lost response from both', async () => {
    const grant = { machineId: 'm-1', signUrl: '/sign' };
    const redeem = async (handle: Handler) => (await answering(handle)).redeem({ begun, grant, csr: 'csr' });
    await expect(redeem(() => refused(404, 'NO_TICKET'))).rejects.toMatchObject({
      kind: 'not_found',
      code: 'server_refused',
      details: { status: 404, errorCode: 'NO_TICKET' },
    });
    await expect(redeem(() => ({ status: 404, body: '<html>' }))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'proxy_answered',
      message: expect.stringContaining('status 404'),
    });
    await expect(redeem(() => undefined)).rejects.toMatchObject({ kind: 'ambiguous' });
    await expect(redeem(() => ({ status: 500 }))).rejects.toMatchObject({ kind: 'ambiguous' });
    await expect(redeem(() => accepted({ cert: 'x', root_cert: 'y', ca_bundle: 'z' }))).rejects.toMatchObject(
      { kind: 'ambiguous' },
    );
    await expect(
      redeem(() => ({ ...refused(429, 'SLOW'), headers: { 'retry-after': '9' } })),
    ).rejects.toMatchObject({
      kind: 'unavailable',
      details: { retryAfterMs: 9000 },
    });
  });

  it.each([
    ['its envelope around a status', refused(403, 'BAD_TICKET'), true],
    ['its envelope without a code', { ...refused(403, ''), status: 403 }, true],
    ['its envelope in a 200', { ...refused(403, 'BAD_TICKET'), status: 200 }, true],
    ['its envelope, and is only busy', refused(503, 'BUSY'), false],
    ['a status alone', { status: 403, body: 'no' }, false],
    ['JSON of another kind', { status: 401, body: { error: 'token' } }, false],
  ])('takes %s for what it is: %#', async (_, response, refuses) => {
    const grant = { machineId: 'm-1', signUrl: '/sign' };
    const client = await answering(() => response);
    const error = await client.redeem({ begun, grant, csr: 'csr' }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Error);
    expect(isRefusal(error)).toBe(refuses);
  });

  it('hears from ping what time it is there', async () => {
    const clock = new TestClock(0);
    const client = await answering(() => ({ status: 204, headers: { date: new Date(NOW).toUTCString() } }));
    const corrected = new ServerClock(clock);
    await corrected.ask(() => client.ping());
    expect(corrected.now()).toBe(NOW);
    await expect((await answering(() => ({ status: 401 }))).ping()).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    await expect(clientOf('http://127.0.0.1:1').ping()).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'connect_failed',
      message:
        'The provisioning server at http://127.0.0.1:1 could not be asked: connect failed (ECONNREFUSED).',
    });
  });
});

describe('the address for certificate requests', () => {
  const base = 'https://provision.example/api';
  it.each([
    ['/v1/sign?ticket=3k9v', '/v1/sign?ticket=3k9v'],
    ['/v1/sign', '/v1/sign'],
    ['https://provision.example/api/v1/sign?a=b', '/v1/sign?a=b'],
    ['/v1/a%2Fb ä', '/v1/a%2Fb%20%C3%A4'],
  ])('%s is below the server', (url, path) => {
    expect(signPath(base, url)).toBe(path);
  });

  it.each([
    '',
    'v1/sign',
    '.evil.example/x',
    '@evil.example/',
    ':8443/x',
    '//evil.example/x',
    '/\\evil.example/x',
    'https://evil.example/api/x',
    'http://provision.example/api/x',
    'https://provision.example:444/api/x',
    'https://user@provision.example/api/x',
    'https://provision.example/other/x',
    '/../other',
    '/%2e%2e/other',
    'javascript:alert(1)',
  ])('%p is not', (url) => {
    expect(() => signPath(base, url)).toThrow(expect.objectContaining({ code: 'sign_url_elsewhere' }));
  });
});
