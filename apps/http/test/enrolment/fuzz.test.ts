import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPem, toPem } from '@org/x509';
import { type Answer, type RunningApp, send, startApp } from '../app.js';
import { ADA, DOMAIN, type Waiting, begin, enrolmentEnvironment, makeKey, operator } from './setting.js';

let app: RunningApp;
/** Approved before anybody is stopped for guessing. */
let device: Waiting;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_LEGACY_DEVICES: 'true' }));
  device = await begin(app);
  await operator(app).approve(device.code);
});
afterAll(() => app.close());

const RUNS = 700;
/** Requests under way at a time. */
const AT_ONCE = 10;

/** Anything that a client might send as the value of a field. */
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
  fc.constantFrom('', null, true, -1, 1e308, [], {}, '__proto__', '\u0000', '\ud800', 'x'.repeat(5_000)),
);
const FIELDS = ['csr', 'device', 'polling_secret', 'code', 'name', 'layout', 'reason', 'remove_gateway'];
const MORE = ['machine_id', 'request_type', 'external_id', 'external_key', '__proto__', 'constructor'];
const json = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(fc.constantFrom(...FIELDS, ...MORE), value).map((it) => JSON.stringify(it)),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'null', '[]', '{"csr":', '{"device":{"model":{}}}', '{"a":1e999}', '[1,]'),
  },
);

const TOO_DEEP = `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;

const routes = [
  '/v1/enrolments',
  '/v1/enrolments/poll',
  '/v1/enrolments/redeem',
  '/cert-sign',
  '/v1/provisioning/cert/sign?ticket=x',
  `/${DOMAIN}/enrolments/lookup`,
  `/${DOMAIN}/enrolments/none/approve`,
  `/${DOMAIN}/machines/none/revoke`,
];

async function refusesAll(path: string, bodies: readonly (string | object)[]): Promise<void> {
  const answers: Answer[] = [];
  for (let from = 0; from < bodies.length; from += AT_ONCE)
    answers.push(
      ...(await Promise.all(
        bodies.slice(from, from + AT_ONCE).map((body) => send(`${app.url}${path}`, { token: ADA, body })),
      )),
    );
  for (const { status, body } of answers) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(typeof body['message']).toBe('string');
  }
}

describe('thousands of malformed bodies', () => {
  it.each(routes)('%s refuses them all', async (path) => {
    await refusesAll(path, [...fc.sample(json, RUNS), TOO_DEEP]);
  });

  it('as certificate requests are refused, cut off, changed and made up', async () => {
    const real = readPem(await makeKey().csr())[0]!.der;
    const der = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.nat(real.length - 1).map((length) => real.subarray(0, length)),
      fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const changed = Buffer.from(real);
        changed[at]! ^= by;
        return changed;
      }),
    );
    const csr = fc.oneof(
      der.map((bytes) => toPem('CERTIFICATE REQUEST', bytes)),
      fc
        .string()
        .map((text) => `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----\n`),
      fc.constantFrom('-'.repeat(20_000), '-----BEGIN '.repeat(2_000), 'A'.repeat(100_000)),
    );
    const requests = fc.sample(csr, 3 * RUNS);
    await refusesAll(
      '/v1/enrolments',
      requests.map((it) => ({ csr: it })),
    );
    await refusesAll(
      '/v1/enrolments/redeem',
      requests.slice(0, RUNS).map((it) => ({ polling_secret: device.secret, csr: it })),
    );
    expect((await device.redeem()).status).toBe(200);
  });

  it('and addresses too: ids, codes and queries', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const parts = fc.sample(text, RUNS).map((it) => encodeURIComponent(it.toWellFormed()));
    for (let from = 0; from < parts.length; from += AT_ONCE) {
      const paths = parts
        .slice(from, from + AT_ONCE)
        .flatMap((it) => [
          `/${DOMAIN}/enrolments/${it}`,
          `/${DOMAIN}/machines/${it}`,
          `/${it}/machines?state=${it}`,
          `/v1/provisioning/manifest/find?code=${it}`,
          `/${DOMAIN}/enrolments?limit=${it}`,
        ]);
      const answers = await Promise.all(
        paths.map((path) => send(`${app.url}${path}`, { token: ADA, method: 'GET' })),
      );
      for (const { status } of answers) expect(status).toBeLessThan(500);
    }
  });

  it('surprised no one: no defect is in the log', () => {
    expect(app.log.filter((line) => /"level":"error"|answered 503/.test(line))).toEqual([]);
  });
});
