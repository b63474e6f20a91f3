import { describe, expect, it } from '@jest/globals';
import { createCsr, keepsSubject, readCertificate, readCsr } from '@org/x509';
import { CertificateMaker } from '../../src/index.js';
import { oid, sequence, set, TAG, tlv } from '@org/x509/encoding';
import { anAuthority, aProfile, aRequest, NOW } from '../support/authority.js';
import { aSigner } from '../support/signer.js';
import { pkijsCsr } from '@org/test-support';

const O = '2.5.4.10';
const CN = '2.5.4.3';
const maker = new CertificateMaker(
  aProfile({ subject: { organization: 'Example' } }),
  await anAuthority('P-256'),
);
const request = await aRequest();
const intent = maker.prepare({ request, machineId: 'machine-1', now: NOW });
const certificate = readCertificate((await maker.sign(intent, () => NOW)).certificate);

const asking = async (subject: Parameters<typeof createCsr>[1]['subject']) =>
  keepsSubject(readCsr(await createCsr(aSigner('P-256', 7), { subject })), certificate);

describe('a request for a new certificate', () => {
  it('keeps the subject when all of it is the same', async () => {
    expect(await asking({ organization: 'Example', commonName: 'machine-1' })).toBe(true);
  });

  it('keeps the subject when it writes it in another kind of string', () => {
    const subject = [
      { type: O, form: 'printable' as const, value: 'Example' },
      { type: CN, form: 'printable' as const, value: 'machine-1' },
    ];
    const printable = readCsr(pkijsCsr({ kind: 'P-256', subject, names: [], extensions: [] }));
    expect(keepsSubject(printable, certificate)).toBe(true);
  });

  it.each([
    ['another name', { organization: 'Example', commonName: 'machine-2' }],
    ['a part less', { commonName: 'machine-1' }],
    ['a part more', { country: 'DE', organization: 'Example', commonName: 'machine-1' }],
    ['no subject', {}],
  ])('does not keep it when it has %s', async (_, subject) => {
    expect(await asking(subject)).toBe(false);
  });

  const withSubject = (subject: Buffer) => ({ ...certificate, subject });
  const teletex = (type: string, value: string) =>
    set(sequence(oid(type), tlv(TAG.teletexString, Buffer.from(value, 'latin1'))));

  it('keeps a subject that the certificate has in TeletexString', async () => {
    const other = withSubject(sequence(teletex(O, 'Müller'), teletex(CN, 'machine-1')));
    const asked = { organization: 'Müller', commonName: 'machine-1' };
    expect(keepsSubject(readCsr(await createCsr(aSigner(), { subject: asked })), other)).toBe(true);
    expect(keepsSubject(request, other)).toBe(false);
  });

  it('does not keep a subject that is malformed', () =>
    expect(keepsSubject(request, withSubject(Buffer.from('300e310c300a06035504031403', 'hex')))).toBe(false));
});
