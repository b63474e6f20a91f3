import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answeringItself, Issuer, MemoryCertificateStore, OcspResponder } from '../../src/index.js';
import { anAuthority, aProfile, aRequest } from '../support/authority.js';
import { FUZZ_RUNS, mutated } from '@org/test-support';
import { pkijsOcspRequest, readOcspResponse } from '../support/pkijs-ocsp.js';

const authority = await anAuthority();
const issuer = authority.certificate;
const store = new MemoryCertificateStore();
const { serial } = await new Issuer({ authority, profiles: [aProfile()], store }).issue({
  request: await aRequest(),
  machineId: 'machine-1',
});
const good = [
  pkijsOcspRequest({ issuer, serials: [serial] }),
  pkijsOcspRequest({ issuer, serials: [serial, '01ff'], hash: 'sha256', nonce: Buffer.alloc(32, 7) }),
];

const ERRORS = { malformedRequest: '30030a0101', internalError: '30030a0102', unauthorized: '30030a0106' };

it(`answers ${FUZZ_RUNS} malformed requests, and never crashes or hangs`, async () => {
  const responder = new OcspResponder({ sources: [answeringItself(authority)], store });
  const seen = new Set<string>();
  const check = async (der: Buffer): Promise<void> => {
    const { status, der: answer, error } = await responder.respond(der);
    expect(error).toBeUndefined();
    seen.add(status);
    if (status !== 'successful') return expect(answer.toString('hex')).toBe(ERRORS[status]);
    // Whatever was asked, only the one certificate there is can be good.
    for (const each of readOcspResponse(answer).answers!) {
      expect(each.status === 'good').toBe(each.serial === serial && each.status !== 'unknown');
    }
  };
  await fc.assert(fc.asyncProperty(mutated(good), check), { numRuns: FUZZ_RUNS });
  expect([...seen].sort()).toEqual(['malformedRequest', 'successful', 'unauthorized']);
}, 600_000);
