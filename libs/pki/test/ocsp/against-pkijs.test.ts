import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readOcspRequest } from '../../src/ocsp/request.js';
import { aRoot } from '../support/authority.js';
import { pkijsOcspRequest, readRequestWithPkijs } from '../support/pkijs-ocsp.js';

const issuers = [(await aRoot('P-256')).certificate, (await aRoot('RSA-2048')).certificate];

/** First octet below 0x80 and not 0: an INTEGER that needs no more. */
const serial = fc
  .tuple(fc.integer({ min: 1, max: 0x7f }), fc.uint8Array({ maxLength: 19 }))
  .map(([first, rest]) => Buffer.from([first, ...rest]).toString('hex'));

const plan = fc.record({
  issuer: fc.constantFrom(...issuers),
  serials: fc.array(serial, { minLength: 1, maxLength: 20 }),
  hash: fc.constantFrom('sha1' as const, 'sha256' as const, 'sha384' as const),
  nonce: fc.option(
    fc.uint8Array({ minLength: 1, maxLength: 128 }).map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  ),
});

it('readOcspRequest reads what pkijs reads', () => {
  fc.assert(
    fc.property(plan, (each) => {
      const der = pkijsOcspRequest(each);
      expect(readOcspRequest(der)).toEqual(readRequestWithPkijs(der));
    }),
    { numRuns: 200 },
  );
});
