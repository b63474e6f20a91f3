import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import { createRoot } from '@org/pki';
import { keySigner } from '@org/x509';
import fc from 'fast-check';
import { send, startApp } from '../app.js';
import {
  BUILTIN,
  ENROLL,
  type EstWorld,
  REENROLL,
  aKey,
  ask,
  base64,
  basic,
  begin,
  credentialsOf,
  csrFor,
  decide,
  enrolled,
  openEst,
} from './device.js';

let est: EstWorld;
beforeAll(async () => {
  est = await openEst();
});
afterAll(() => est.close());
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a request', () => {
  it('that is none is refused in words, and never breaks anything', async () => {
    const { csr, authorization, credentials } = await enrolled(est);
    const cut = fc.nat(csr.length - 1).map((length) => base64(csr.subarray(0, length)));
    const mutated = fc.tuple(fc.nat(csr.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const copy = Buffer.from(csr);
      copy[at]! ^= by;
      return base64(copy);
    });
    const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.base64String(), cut, mutated);
    await fc.assert(
      fc.asyncProperty(body, fc.boolean(), async (sent, renewing) => {
        const { status, headers, ...said } = renewing
          ? await ask(est.app, REENROLL, { body: sent, ...credentials })
          : await ask(est.app, ENROLL, { body: sent, headers: { authorization } });
        expect([400, 403]).toContain(status);
        expect(headers['content-type']).toBe('text/plain; charset=utf-8');
        expect(said.body).toMatch(/^[^{}]+\n$/);
      }),
      { numRuns: 250 },
    );
  });

  it('needs credentials of a device that waits', async () => {
    const { csr } = await begin(est);
    const headers: readonly (string | undefined)[] = [
      undefined,
      'Bearer token',
      'Basic',
      'Basic !',
      'Basic Og==',
      `Basic ${base64(Buffer.from('no colon'))}`,
      basic('BCDF-GHJK', 'secret'),
      basic('', ''),
    ];
    for (const authorization of headers) {
      const answer = await ask(est.app, ENROLL, {
        body: base64(csr),
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(answer.status).toBe(401);
      expect(answer.rawHeaders).toEqual(
        expect.arrayContaining(['WWW-Authenticate', 'Basic realm="provision", charset="UTF-8"']),
      );
    }
  });

  it('is over when an operator refuses the device', async () => {
    const device = await begin(est);
    await decide(est, device, 'deny');
    const { csr, authorization } = device;
    expect(await ask(est.app, ENROLL, { body: base64(csr), headers: { authorization } })).toMatchObject({
      status: 403,
      body: 'an operator refused this device\n',
    });
  });

  it.each([
    ['conflict', 'enrolment_expired', 401],
    ['forbidden', 'key_mismatch', 403],
    ['unavailable', 'redemption_in_progress', 202],
    ['unavailable', 'authority_expired', 503],
    ['internal', 'internal', 500],
  ] as const)(
    'that meets %s %s is answered with a status that clients act on',
    async (kind, code, status) => {
      const error = new ProvisionError({ kind, code, message: 'in words', details: { retryAfter: 7 } });
      jest.spyOn(est.app.server.enrolments!, 'redeem').mockRejectedValue(error);
      const answer = await ask(est.app, ENROLL, {
        body: 'MAA=',
        headers: { authorization: basic('a', 'b') },
      });
      expect(answer).toMatchObject({
        status,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '7' },
        body: status === 500 ? 'internal error\n' : 'in words\n',
      });
    },
  );
});

describe('renewing', () => {
  it('keeps the subject', async () => {
    const { credentials } = await enrolled(est);
    const answer = await ask(est.app, REENROLL, { body: base64(await csrFor(aKey())), ...credentials });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('subject') as unknown });
  });

  it('needs a certificate that is on record', async () => {
    const key = aKey();
    const subject = { commonName: 'whoever' };
    const { certificate } = await createRoot(keySigner(key), { subject, now: Date.now(), lifetimeMs: 3.6e6 });
    const credentials = credentialsOf(key, certificate.der);
    const answer = await ask(est.app, REENROLL, { body: base64(await csrFor(key)), ...credentials });
    expect(answer).toMatchObject({ status: 403, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  });

  it('needs TLS with the app itself, which says so otherwise', async () => {
    const plain = await startApp(est.world.emulator, BUILTIN);
    const { status, body } = await send(`${plain.url}${REENROLL}`, {
      body: 'MAA=',
      type: 'application/pkcs10',
    });
    expect({ status, ...body }).toMatchObject({ status: 403, text: expect.stringContaining('proxy') });
    await plain.close();
  });
});

describe('EST', () => {
  it('is not there where no one enrols', async () => {
    const off = await startApp(est.world.emulator);
    const { status, body } = await send(`${off.url}/.well-known/est/cacerts`, { method: 'GET' });
    expect({ status, ...body }).toMatchObject({ status: 404, text: expect.stringContaining('off') });
    await off.close();
  });
});
