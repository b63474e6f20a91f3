import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, send, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment } from '../enrolment/setting.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment());
});
afterAll(() => app.close());
const ask = (method: string, path: string) => send(`${app.url}${path}`, { method, token: ADA });

describe('a method that a path does not take', () => {
  it.each([
    ['POST', '/health', 'GET, HEAD'],
    ['PUT', `/${DOMAIN}/mapping`, 'GET, HEAD, POST'],
    ['DELETE', `/${DOMAIN}/cert`, 'POST'],
    ['PATCH', `/${DOMAIN}/machines/m-1`, 'GET, HEAD'],
    ['GET', `/${DOMAIN}/machines/m-1/revoke`, 'POST'],
    ['OPTIONS', '/v1/enrolments/redeem', 'GET, HEAD, POST'],
    ['DELETE', '/v1/ca.cer', 'GET, HEAD'],
    ['PUT', '/ocsp/MAA=', 'GET, HEAD'],
    ['POST', '/enrol/enrol.js', 'GET, HEAD'],
    ['POST', '/crl?x=1', 'GET, HEAD'],
  ])('is refused with those that it takes: %s %s', async (method, path, allow) => {
    const { status, headers, body } = await ask(method, path);
    expect({ status, allow: headers.get('allow'), code: body['code'] }).toEqual({
      status: 405,
      allow,
      code: 'method_not_allowed',
    });
    expect(body['message']).toContain(allow);
  });

  it('makes no path of what is none', async () => {
    for (const path of ['/nothing', '/v1/caXcer', `/${DOMAIN}/machines/m-1/nothing`])
      expect(await ask('DELETE', path)).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
  });
});

describe('every refusal', () => {
  it('says which request it was, as its header does', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['POST', '/health'],
      ['GET', '/health?x=1'],
      ['GET', '/%'],
      ['GET', `/${DOMAIN}/machines/none`],
      ['POST', `/${DOMAIN}/cert`],
      ['POST', '/v1/enrolments'],
    ] as const) {
      const { status, headers, body } = await ask(method, path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect({ path, id: body['request_id'] }).toEqual({ path, id: headers.get('x-request-id') });
    }
  });
});

describe("refusals on EST's paths", () => {
  it('are text for people, whatever refuses', async () => {
    const large = Buffer.alloc(100_000, 'A').toString();
    for (const [method, path, status, more] of [
      ['GET', '/.well-known/est/serverkeygen', 404, {}],
      ['GET', '/.well-known/est', 404, {}],
      ['DELETE', '/.well-known/est/cacerts', 405, {}],
      ['GET', '/.well-known/est/simpleenroll', 405, {}],
      ['GET', '/.well-known/est/%', 400, {}],
      ['GET', `/.well-known/est/${'x'.repeat(200)}/cacerts`, 404, {}],
      ['POST', '/.well-known/est/simpleenroll', 413, { body: large }],
      ['POST', '/.well-known/est/simpleenroll', 401, { body: 'MAA=', type: 'application/pkcs10' }],
    ] as const) {
      const { headers, body, ...answer } = await send(`${app.url}${path}`, { method, ...more });
      expect({ path, status: answer.status, type: headers.get('content-type') }).toEqual({
        path,
        status,
        type: 'text/plain; charset=utf-8',
      });
      expect(body['text']).toMatch(/^[^{}]+\n$/);
      expect(headers.get('x-request-id')).toBeTruthy();
    }
  });
});
