import { expect, it } from '@jest/globals';
import { isProvisionError } from '@org/domain';
import fc from 'fast-check';
import { type CertificateRequest, createCsr, readCsr, toPem } from '../../src/index.js';
import { cpuMs, FUZZ_RUNS, KEY_KINDS, mutated } from '@org/test-support';
import { aSigner } from '../support/signer.js';

const names = { dns: ['a.example'], uri: ['urn:example:1'], ip: [Buffer.of(192, 0, 2, 1)] };
const subject = { organization: 'Example', commonName: 'machine-1' };
const good = await Promise.all(KEY_KINDS.map((kind) => createCsr(aSigner(kind), { subject, names })));

/** What the proof of possession covers. */
const signedPart = ({ der, publicKey, subject: attributes, extensions }: CertificateRequest) => ({
  version: der.subarray(0, 1),
  publicKey,
  attributes,
  extensions,
});

const originals = good.map((der) => signedPart(readCsr(der)));

/** @returns whether it was refused as it should be; what is accepted must say the same as an original. */
function survives(input: string | Buffer): boolean {
  try {
    const accepted = signedPart(readCsr(input));
    expect(originals).toContainEqual(accepted);
    return false;
  } catch (error) {
    if (isProvisionError(error) && error.kind === 'invalid' && error.code.startsWith('csr_')) return true;
    throw error;
  }
}

it(`refuses ${FUZZ_RUNS} malformed requests, and never crashes or hangs`, () => {
  let refused = 0;
  const readAll = () =>
    fc.assert(
      fc.property(mutated(good), (der) => {
        if (survives(der)) refused += 1;
      }),
      { numRuns: FUZZ_RUNS },
    );
  expect(cpuMs(readAll) / FUZZ_RUNS).toBeLessThan(20);
  // Some changes change nothing, such as an octet set to what it was.
  expect(refused).toBeGreaterThan(FUZZ_RUNS * 0.95);
}, 600_000);

it('refuses malformed PEM', () => {
  const pems = good.map((der) => Buffer.from(toPem('CERTIFICATE REQUEST', der)));
  fc.assert(
    fc.property(mutated(pems), (pem) => void survives(pem.toString('latin1'))),
    { numRuns: FUZZ_RUNS / 10 },
  );
}, 600_000);
