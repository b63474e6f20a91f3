import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, send, startApp } from '../app.js';
import { DOMAIN, enrolmentEnvironment, operator } from './setting.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_ENROLMENT: 'off' }));
});
afterAll(() => app.close());

describe('where enrolment is off', () => {
  it.each([
    ['POST', '/v1/enrolments'],
    ['POST', '/v1/enrolments/poll'],
    ['POST', '/v1/enrolments/redeem'],
    ['GET', `/${DOMAIN}/enrolments`],
    ['POST', `/${DOMAIN}/enrolments/lookup`],
    ['POST', `/${DOMAIN}/enrolments/x/approve`],
    ['GET', `/${DOMAIN}/machines`],
    ['POST', `/${DOMAIN}/machines/x/revoke`],
    ['GET', '/enrol'],
    ['GET', '/enrol/enrol.js'],
  ])('%s %s says how to switch it on', async (method, path) => {
    expect(await send(`${app.url}${path}`, { method })).toMatchObject({
      status: 404,
      body: { code: 'enrolment_off', message: expect.stringContaining('MG_PROVISION_ENROLMENT') },
    });
  });

  it.each([
    ['GET', '/v1/ping'],
    ['GET', '/v1/provisioning/manifest/find?code=ABC123'],
    ['POST', '/v1/provisioning/cert/sign'],
    ['POST', '/cert-sign'],
  ])('%s %s says so in the envelope of legacy devices', async (method, path) => {
    expect(await send(`${app.url}${path}`, { method })).toMatchObject({
      status: 404,
      body: { success: false, statusCode: 404, errorCode: 'enrolment_off', payload: null },
    });
  });
});

describe('where only legacy devices are off', () => {
  it('everything else works, and they learn how to be let in', async () => {
    const on = await startApp(undefined, enrolmentEnvironment());
    expect(await send(`${on.url}/v1/ping`, { method: 'GET' })).toMatchObject({ status: 200 });
    expect((await operator(on).get('enrolments')).status).toBe(200);
    const find = await send(`${on.url}/v1/provisioning/manifest/find?code=ABC123`, { method: 'GET' });
    expect(find).toMatchObject({
      status: 404,
      body: {
        errorCode: 'legacy_devices_off',
        message: expect.stringContaining('MG_PROVISION_LEGACY_DEVICES'),
        payload: null,
      },
    });
    await on.close();
  });

  it('the description says of which routes', async () => {
    const { body } = await send(`${app.url}/openapi.json`, { method: 'GET' });
    const paths = body['paths'] as Record<string, Record<string, object>>;
    const refusedOf = (path: string) => JSON.stringify(Object.values(paths[path]!)[0]);
    expect(refusedOf('/v1/provisioning/cert/sign')).toContain('legacy_devices_off');
    expect(refusedOf('/v1/ping')).not.toContain('legacy_devices_off');
  });
});
