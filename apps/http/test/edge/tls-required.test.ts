import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, send, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment, makeKey } from '../enrolment/setting.js';

// The tests' own address plays a proxy that ends TLS, or does not.
const BEHIND_PROXY = { MG_PROVISION_TRUSTED_PROXIES: '127.0.0.1', MG_PROVISION_LEGACY_DEVICES: 'true' };

let app: RunningApp;
let strict: RunningApp;
let direct: RunningApp;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment(BEHIND_PROXY));
  strict = await startApp(
    undefined,
    enrolmentEnvironment({ ...BEHIND_PROXY, MG_PROVISION_LEGACY_DEVICES_PLAIN_HTTP: 'false' }),
  );
  direct = await startApp(undefined, enrolmentEnvironment());
});
afterAll(async () => {
  for (const each of [app, strict, direct]) await each.close();
});

const ask = (to: RunningApp, path: string, scheme: string | undefined, body: object = {}) =>
  send(`${to.url}${path}`, {
    method: path.includes('find') ? 'GET' : 'POST',
    ...(!path.includes('find') && { body }),
    headers: { 'x-forwarded-for': '198.51.100.7', ...(scheme && { 'x-forwarded-proto': scheme }) },
  });

const DEVICES = [
  '/v1/enrolments',
  '/v1/enrolments/poll',
  '/v1/enrolments/redeem',
  '/.well-known/est/simpleenroll',
  '/.well-known/est/label/simplereenroll',
];
const LEGACY_DEVICES = [
  '/v1/provisioning/manifest/find?code=ABC123',
  '/v1/provisioning/cert/sign?ticket=x',
  '/cert-sign',
];

describe('a call that carries credentials of a device', () => {
  it.each(DEVICES)('is refused without TLS, and told what to do: %s', async (path) => {
    const { status, body } = await ask(app, path, 'http');
    expect(status).toBe(403);
    const said = String(body['message'] ?? body['text']);
    for (const word of ['MG_PROVISION_HTTP_TLS=builtin', 'MG_PROVISION_TRUSTED_PROXIES', 'X-Forwarded-Proto'])
      expect(said).toContain(word);
    if (!path.startsWith('/.well-known')) expect(body['code']).toBe('tls_required');
  });

  it.each(DEVICES)('is taken over TLS as a trusted proxy tells: %s', async (path) => {
    const { body } = await ask(app, path, 'https');
    expect(String(body['message'] ?? body['text'])).not.toContain('TLS=builtin');
  });

  it('is taken from the same machine, whatever it says of itself', async () => {
    const csr = await makeKey().csr();
    for (const scheme of ['http', 'https', undefined])
      expect(await ask(direct, '/v1/enrolments', scheme, { csr })).toMatchObject({ status: 201 });
  });
});

describe('a call of a legacy device, which may know no TLS', () => {
  it.each(LEGACY_DEVICES)('is taken without TLS: %s', async (path) => {
    const { body } = await ask(app, path, 'http');
    expect(body).toMatchObject({ success: false, payload: null });
    expect(body['errorCode']).not.toBe('tls_required');
  });

  it.each(LEGACY_DEVICES)('is refused where the settings say so: %s', async (path) => {
    const refused = await ask(strict, path, 'http');
    expect(refused).toMatchObject({ status: 403, body: { errorCode: 'tls_required', payload: null } });
    expect((await ask(strict, path, 'https')).body['errorCode']).not.toBe('tls_required');
  });
});

it('what operators, backends and checkers of certificates call is served as before', async () => {
  const plain = { headers: { 'x-forwarded-proto': 'http' } };
  for (const path of [`/${DOMAIN}/machines`, '/v1/ca', '/crl', '/.well-known/est/cacerts', '/health'])
    expect(await send(`${app.url}${path}`, { method: 'GET', token: ADA, ...plain })).toMatchObject({
      status: 200,
    });
});
