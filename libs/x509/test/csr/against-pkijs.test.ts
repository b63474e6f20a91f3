import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCsr, readCsr } from '../../src/index.js';
import { type CsrPlan, KEY_KINDS, pkijsCsr, readWithPkijs } from '@org/test-support';
import { aSigner } from '../support/signer.js';

const arc = fc.oneof(fc.nat(200), fc.nat(2 ** 30));
const oid = fc
  .tuple(fc.constantFrom('1.2', '1.3.6', '2.5', '2.999'), fc.array(arc, { minLength: 1, maxLength: 6 }))
  .map(([start, arcs]) => [start, ...arcs].join('.'));
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 80 });

const attribute = fc.oneof(
  fc.record({
    type: oid,
    form: fc.constant('utf8' as const),
    value: fc.string({ unit: 'binary', maxLength: 70 }),
  }),
  fc.record({ type: oid, form: fc.constantFrom('printable' as const, 'ia5' as const), value: ascii }),
  fc.record({
    type: fc.constant('2.5.4.3'),
    form: fc.constant('bmp' as const),
    value: fc.string({
      unit: fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    }),
  }),
);

const plan: fc.Arbitrary<CsrPlan> = fc.record({
  kind: fc.constantFrom(...KEY_KINDS),
  // For no attribute pkijs writes an empty RDN, which X.501 does not allow.
  subject: fc.array(attribute, { minLength: 1, maxLength: 6 }),
  names: fc.array(fc.record({ type: fc.constantFrom(1 as const, 2 as const, 6 as const), value: ascii }), {
    maxLength: 5,
  }),
  extensions: fc.uniqueArray(
    fc.record({
      id: oid.filter((id) => id !== '2.5.29.17'),
      critical: fc.boolean(),
      value: fc.uint8Array({ maxLength: 60 }),
    }),
    { maxLength: 5, selector: ({ id }) => id },
  ),
});

function sameAsPkijs(der: Buffer): void {
  const { subject, publicKey, extensions, names, commonName } = readCsr(der);
  const { others, ...known } = names;
  const theirs = readWithPkijs(der);
  expect({ subject, publicKey, extensions, names: known }).toEqual(theirs);
  expect(commonName).toBe(theirs.subject.findLast(({ type }) => type === '2.5.4.3')?.value);
  expect(others).toBe(0);
}

describe('readCsr reads what pkijs reads', () => {
  it('of requests that pkijs wrote', () => {
    fc.assert(
      fc.property(plan, (each) => sameAsPkijs(pkijsCsr(each))),
      { numRuns: 400 },
    );
  });

  it.each(KEY_KINDS)('of requests that createCsr wrote, with a %s key', async (kind) => {
    const names = {
      dns: ['a.example'],
      uri: ['urn:example:1'],
      ip: [Buffer.of(192, 0, 2, 1), Buffer.alloc(16, 0x20)],
    };
    const subject = {
      country: 'DE',
      organization: 'Bäckerei',
      organizationalUnit: '',
      commonName: 'machine 1',
    };
    sameAsPkijs(await createCsr(aSigner(kind), { subject, names }));
  });
});
