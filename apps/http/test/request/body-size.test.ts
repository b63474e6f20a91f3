import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseBegin } from '../../src/devices/device-request.dto.js';
import { HttpFailure } from '../../src/errors/http-failure.js';
import { parseJsonBody } from '../../src/request/json-body.js';
import { type RunningApp, send, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment } from '../enrolment/setting.js';

/** As large as anybody may configure it in earnest; the route's own limit counts where it is less. */
const LARGE = { MG_PROVISION_BODY_LIMIT: '4194304' };
const KEYS = 100_000;
const CPU_MS = 50;

const flat = (keys: number): string =>
  `{${Array.from({ length: keys }, (_, at) => `"field${at}":0`).join(',')}}`;
const nested = (keys: number): string => `{"csr":"x","device":${flat(keys)}}`;
const list = (values: number): string => `{"name":[${'0,'.repeat(values)}0]}`;
const deep = (levels: number): string => `{"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
/** The same, hidden from a reader that looks for names only. */
const texts = (values: number): string => `{"name":[${'"\\"[",'.repeat(values)}""]}`;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment({ ...LARGE, MG_PROVISION_LEGACY_DEVICES: 'true' }));
});
afterAll(() => app.close());

const MAPPING = '/works/mapping';
const SMALL_ROUTES = [
  '/v1/enrolments',
  '/v1/enrolments/poll',
  '/v1/enrolments/redeem',
  '/v1/provisioning/cert/sign?ticket=x',
  '/.well-known/est/simpleenroll',
  '/.well-known/est/simplereenroll',
  '/ocsp',
  `/${DOMAIN}/enrolments/lookup`,
  `/${DOMAIN}/enrolments/none/approve`,
  `/${DOMAIN}/enrolments/none/deny`,
  `/${DOMAIN}/machines/none/revoke`,
  `/${DOMAIN}/machines/none/reissue`,
  `/${DOMAIN}/cert`,
];

describe('a body of more bytes than the call can need', () => {
  it.each(SMALL_ROUTES)('is refused by %s, whatever bodies may have in general', async (path) => {
    const { status } = await send(`${app.url}${path}`, { token: ADA, body: flat(KEYS) });
    expect(status).toBe(413);
  });
});

describe('a body with an absurd number of values, where bodies may be large', () => {
  it.each([
    ['a flat object', flat(KEYS), 'json_too_many_values'],
    ['an object in an object', nested(KEYS), 'json_too_many_values'],
    ['a list', list(KEYS), 'json_too_many_values'],
    ['a list of texts', texts(KEYS), 'json_too_many_values'],
    ['lists in lists', deep(KEYS), 'json_too_deep'],
    ['lists in lists that do not end', '['.repeat(KEYS), 'json_too_deep'],
  ])('is refused in words of its own: %s', async (_what, body, code) => {
    const answer = await send(`${app.url}${MAPPING}`, { token: ADA, body });
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body['message']).toMatch(/send only the fields that this call takes/);
  });

  it('is read up to the bound, brackets and commas in texts not counted', async () => {
    const request = { name: 'press ,,,[[[{{{'.repeat(200), external_id: '"\\', external_key: '\\"' };
    const more = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`field${at}`, at]));
    const answer = await send(`${app.url}${MAPPING}`, { token: ADA, body: { ...more, ...request } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'unknown_field', field: 'field0' } });
  });
});

it('bodies that are refused for their size are counted, and said once', async () => {
  const { body } = await send(`${app.url}/metrics`, { method: 'GET' });
  const counted = (limit: string) =>
    Number(
      new RegExp(`^provision_limits_reached_total\\{limit="${limit}"\\} (\\d+)$`, 'm').exec(
        String(body['text']),
      )?.[1],
    );
  expect(['body_bytes', 'body_values', 'body_depth'].map(counted)).toEqual([SMALL_ROUTES.length, 4, 2]);
  expect(app.log.filter((line) => line.includes('"body_values"'))).toHaveLength(1);
});

describe('what is no JSON body', () => {
  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'a=1&'.repeat(KEYS)],
    ['many parts', 'multipart/form-data; boundary=x', '--x\r\n\r\n\r\n'.repeat(KEYS)],
  ])('is not looked into: %s', async (_what, type, body) => {
    const answer = await send(`${app.url}${MAPPING}`, { token: ADA, type, body });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_content_type' } });
  });
});

describe('a query', () => {
  it.each([
    ['of many parameters', 'a[b]=1&'.repeat(2_000)],
    ['of the same parameter', 'code=1&'.repeat(2_000)],
    ['of one long name', `${'x'.repeat(14_000)}=1`],
    ['of percent signs', `code=${'%25'.repeat(4_500)}`],
  ])('%s is refused, and costs under 50 ms of CPU', async (_what, query) => {
    const ask = (path: string) => send(`${app.url}${path}?${query}`, { method: 'GET', token: ADA });
    for (const path of ['/v1/provisioning/manifest/find', `/${DOMAIN}/machines`]) {
      const costs: number[] = [];
      for (let tries = 0; tries < 5; tries++) {
        const from = process.cpuUsage();
        const { status } = await ask(path);
        const { user, system } = process.cpuUsage(from);
        costs.push((user + system) / 1_000);
        expect([400, 404]).toContain(status);
      }
      // The least of a few tries: the client and other threads of this process are counted too.
      expect(Math.min(...costs)).toBeLessThan(CPU_MS);
    }
  });
});

describe('100,000 keys', () => {
  /** The least of a few tries: other threads of this process may be at work. */
  const cpuMs = (work: () => unknown): number =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const from = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(from);
        return (user + system) / 1_000;
      }),
    );
  const headers = { 'content-type': 'application/json' };

  it.each([
    ['flat', flat(KEYS)],
    ['nested', nested(KEYS)],
    ['a list', list(KEYS)],
    ['deep', deep(KEYS)],
    ['one long text', `{"csr":"${'x'.repeat(1_000_000)}"}`],
    ['one text of escapes', `{"csr":"${'\\u0000'.repeat(150_000)}"}`],
    ['one long number', `{"csr":${'9'.repeat(1_000_000)}}`],
    ['blanks', `{"csr":${' '.repeat(1_000_000)}"x"}`],
  ])('as a body cost under 50 ms of CPU to refuse or to read: %s', (_what, body) => {
    const bytes = Buffer.from(body);
    const read = () => {
      try {
        parseBegin(parseJsonBody({ headers, body: bytes }));
      } catch (error) {
        expect(error).toBeInstanceOf(HttpFailure);
      }
    };
    expect(cpuMs(read)).toBeLessThan(CPU_MS);
  });

  it('beside the fields of a DTO, nested ones too, cost under 50 ms of CPU to refuse', () => {
    const junk = JSON.parse(flat(KEYS)) as object;
    const refusal = (body: object) => {
      let refused: unknown;
      const refuse = () => {
        try {
          parseBegin(body);
        } catch (error) {
          refused = error;
        }
      };
      expect(cpuMs(refuse)).toBeLessThan(CPU_MS);
      return refused;
    };
    const device = { model: 'Gateway 7' };
    expect(refusal({ csr: 'x', device, ...junk })).toMatchObject({ details: { field: 'field0' } });
    expect(refusal({ csr: 'x', device: { ...device, ...junk } })).toMatchObject({
      details: { field: 'device.field0' },
    });
    for (const name of ['constructor', '__proto__'])
      expect(refusal({ csr: 'x', [name]: {} })).toMatchObject({ details: { field: name } });
  });
});
