import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import { type RunningApp, send, startApp } from './app.js';
import { ADA, enrolmentEnvironment, makeKey } from './enrolment/setting.js';

const away = async (): Promise<never> => {
  const message = "the service's database does not answer; try again later";
  throw new ProvisionError({ kind: 'ambiguous', code: 'database_unavailable', message });
};
/** The same with a database that is away, whatever is asked. */
const withoutDatabase = <T extends object>(part: T): T =>
  new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? away : value;
    },
  });

let app: RunningApp;
let csr: string;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_LEGACY_DEVICES: 'true' }));
  const { enrolments, journal, authority } = app.server;
  Object.assign(app.server, {
    enrolments: withoutDatabase(enrolments!),
    journal: withoutDatabase(journal),
    authority: { ...authority, crl: away },
  });
  csr = await makeKey().csr();
});
afterAll(() => app.close());

const nothing = () => undefined;
const sign = () => ({ csr, machine_id: 'x', request_type: 'Provision' });

describe('while the database is away', () => {
  it.each<[method: string, path: string, body?: () => object | undefined]>([
    ['POST', '/v1/enrolments', () => ({ csr })],
    ['POST', '/v1/enrolments/poll', () => ({ polling_secret: 'x' })],
    ['POST', '/v1/enrolments/redeem', () => ({ polling_secret: 'x', csr })],
    ['GET', '/v1/provisioning/manifest/find?code=ABC123'],
    ['POST', '/v1/provisioning/cert/sign?ticket=x', sign],
    ['POST', '/cert-sign', sign],
    ['POST', '/plant/enrolments/lookup', () => ({ code: 'BCDF-GHJK' })],
    ['GET', '/plant/enrolments'],
    ['GET', '/plant/enrolments/x'],
    ['POST', '/plant/enrolments/x/approve', () => ({ name: 'press' })],
    ['POST', '/plant/enrolments/x/deny'],
    ['GET', '/plant/machines'],
    ['GET', '/plant/machines/x'],
    ['POST', '/plant/machines/x/revoke'],
    ['POST', '/plant/machines/x/reissue'],
    ['GET', '/plant/leftovers'],
    ['GET', '/crl'],
    ['GET', '/crl/x'],
  ])('%s %s says so, as described, and when to ask again', async (method, path, body = nothing) => {
    const sent = body();
    const answer = await send(`${app.url}${path}`, { method, token: ADA, ...(sent && { body: sent }) });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(answer.body)).toContain('database_unavailable');
  });

  it('so does EST', async () => {
    const answer = await send(`${app.url}/.well-known/est/simpleenroll`, {
      headers: { authorization: `Basic ${btoa('BCDF-GHJK:secret')}` },
      type: 'application/pkcs10',
      body: csr.replace(/-----.*-----/g, ''),
    });
    expect(answer).toMatchObject({ status: 503, body: { text: expect.stringContaining('database') } });
  });

  it.each(['/health', '/v1/ping', '/v1/ca', '/.well-known/est/cacerts', '/enrol', '/metrics'])(
    'GET %s needs none',
    async (path) => {
      expect((await send(`${app.url}${path}`, { method: 'GET' })).status).toBe(200);
    },
  );
});
