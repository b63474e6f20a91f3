import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { type RunningApp, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment } from '../enrolment/setting.js';

let app: RunningApp;
let withTls: RunningApp;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_TRUSTED_PROXIES: '127.0.0.1' }));
  withTls = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_HTTP_TLS: 'builtin' }));
});
afterAll(async () => {
  await app.close();
  await withTls.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${ADA}`, ...headers } });

describe('every answer', () => {
  it.each([
    '/docs',
    '/docs/swagger-ui-init.js',
    '/docs/swagger-ui.css',
    '/openapi.json',
    '/enrol',
    '/enrol/enrol.js',
    '/health',
    '/metrics',
    '/v1/ca',
    '/crl',
    '/.well-known/est/cacerts',
    `/${DOMAIN}/machines`,
    `/${DOMAIN}/machines/none`,
    '/no/such/route',
    '/%ZZ/machines',
  ])('is in no frame, and does nothing that it need not: %s', async (path) => {
    const { headers } = await get(path);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const policy = headers.get('content-security-policy')!;
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/script-src[^;]*'unsafe/);
  });

  it('keeps the stricter policy of the page for approvals', async () => {
    expect((await get('/enrol')).headers.get('content-security-policy')).toContain("trusted-types 'none'");
  });

  it('over TLS asks browsers to stay with it', async () => {
    const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
      request(`${withTls.url}/health`, { rejectUnauthorized: false, agent: false }, (response) => {
        void text(response).then(() => resolve(response.headers));
      })
        .on('error', reject)
        .end();
    });
    expect(answer['strict-transport-security']).toBe('max-age=63072000');
    const { headers } = await get('/health', { 'x-forwarded-proto': 'https' });
    expect(headers.get('strict-transport-security')).toBe('max-age=63072000');
    expect((await get('/health')).headers.get('strict-transport-security')).toBeNull();
  });
});

describe('what tells about the service', () => {
  it('can be switched off', async () => {
    const quiet = await startApp(
      undefined,
      enrolmentEnvironment({ MG_PROVISION_DOCS: 'off', MG_PROVISION_METRICS: 'off' }),
    );
    const statuses: number[] = [];
    for (const path of [
      '/docs',
      '/openapi.json',
      '/docs/swagger-ui-init.js',
      '/metrics',
      '/health',
      '/ready',
    ])
      statuses.push((await fetch(`${quiet.url}${path}`)).status);
    await quiet.close();
    expect(statuses).toEqual([404, 404, 404, 404, 200, 200]);
  });
});
