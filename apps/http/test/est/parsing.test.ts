import { describe, expect, it } from '@jest/globals';
import { isProvisionError } from '@org/domain';
import { readCsr } from '@org/x509';
import fc from 'fast-check';
import { basicCredentials } from '../../src/est/basic-credentials.js';
import { csrOf } from '../../src/est/csr-body.js';
import { HttpFailure } from '../../src/errors/http-failure.js';
import { aKey, base64, basic, csrFor } from './device.js';

const csr = await csrFor(aKey());

const failure = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
};

describe('a body', () => {
  it('in base64 is the same wherever its lines end', () => {
    const space = fc.constantFrom('\n', '\r\n', ' ', '\t', '\n\n');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(base64(csr).length), space), { maxLength: 20 }), (breaks) => {
        const body = [...breaks]
          .sort(([a], [b]) => b - a)
          .reduce((text, [at, by]) => text.slice(0, at) + by + text.slice(at), base64(csr));
        expect(csrOf(Buffer.from(body))).toEqual(csr);
      }),
    );
  });

  it.each([
    ['nothing', undefined],
    ['nothing but spaces', Buffer.from(' \n')],
    ['base64 for addresses', Buffer.from('MIIB-_8=')],
    ['base64 without its end', Buffer.from('MIIBA')],
    ['bits beyond the last octet', Buffer.from('MB==')],
    ['JSON', Buffer.from('{"csr":"MIIB"}')],
  ])('with %s is refused', (_, body) => {
    expect(failure(() => csrOf(body))).toMatchObject({ status: 400, code: 'csr_not_base64' });
  });

  it('of any kind is read or refused, ten thousand times', () => {
    const mutated = fc.array(fc.tuple(fc.nat(csr.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.base64String({ maxLength: 400 }).map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(`-----BEGIN ${text}`)),
      mutated.map((changes) => {
        const copy = Buffer.from(csr);
        for (const [at, octet] of changes) copy[at] = octet;
        return Buffer.from(base64(copy));
      }),
    );
    fc.assert(
      fc.property(body, (sent) => {
        const error = failure(() => readCsr(csrOf(sent)));
        expect(error === undefined || (isProvisionError(error) && error.kind === 'invalid')).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('credentials', () => {
  const read = (header: string) => {
    const { code, pollingSecret } = basicCredentials(header);
    return [code?.reveal(), pollingSecret.reveal()];
  };

  it('are code and polling secret, split at the first colon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (user, password) => {
        fc.pre(!user.includes(':'));
        expect(read(basic(user, password))).toEqual([user, password]);
      }),
    );
  });

  it('may have their scheme in any case (RFC 9110 11.1)', () => {
    expect(read(basic('BCDF-GHJK', 'secret').replace('Basic', 'BASIC '))).toEqual(['BCDF-GHJK', 'secret']);
  });

  it('of any other kind are refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `Basic ${text}`),
        ),
        (header) => {
          const error = failure(() => basicCredentials(header));
          const [, encoded = ''] = /^Basic (.*)$/.exec(header) ?? [];
          if (!Buffer.from(encoded, 'base64').includes(':')) expect(error).toBeInstanceOf(HttpFailure);
          else expect(error).toBeUndefined();
        },
      ),
    );
  });
});
