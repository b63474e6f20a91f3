import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { certificatePem } from '@org/x509';
import {
  answeringItself,
  createOcspDelegate,
  Issuer,
  type IssuedCertificate,
  type IssuingAuthority,
  MemoryCertificateStore,
  ocspRequestFromPath,
  OcspResponder,
  type OcspSource,
} from '../../src/index.js';
import { anAuthority, aProfile, aRequest, DAY_MS, NOW, TestClock } from '../support/authority.js';
import { KEY_KINDS, Openssl } from '@org/test-support';
import { aSigner } from '../support/signer.js';
import { pkijsOcspRequest, readOcspResponse } from '../support/pkijs-ocsp.js';

const openssl = new Openssl();
afterAll(() => openssl.close());

const authority = await anAuthority();
const issuer = authority.certificate;
const request = await aRequest();
let clock: TestClock;
let store: MemoryCertificateStore;

beforeEach(() => {
  clock = new TestClock();
  store = new MemoryCertificateStore();
});

const responderOf = (...sources: OcspSource[]): OcspResponder => new OcspResponder({ sources, store, clock });
const issue = (by: IssuingAuthority = authority): Promise<IssuedCertificate> =>
  new Issuer({ authority: by, profiles: [aProfile()], store, clock }).issue({
    request,
    machineId: 'machine-1',
  });
const revoke = (serial: string) =>
  new Issuer({ authority, profiles: [], store, clock }).revoke(serial, 'keyCompromise');
const ask = async (
  plan: Omit<Parameters<typeof pkijsOcspRequest>[0], 'issuer'>,
  responder = responderOf(answeringItself(authority)),
) => responder.respond(pkijsOcspRequest({ issuer, ...plan }));

describe('an answer', () => {
  it('says good, revoked and unknown, in the order of the request', async () => {
    const [good, bad] = [await issue(), await issue()];
    await revoke(bad.serial);
    const answer = await ask({ serials: [bad.serial, '01ff', good.serial] });
    const times = { thisUpdate: NOW, nextUpdate: NOW + 3600e3 };
    expect(answer).toMatchObject({ status: 'successful', cacheable: true, ...times });
    const hash = '1.3.14.3.2.26';
    expect(readOcspResponse(answer.der)).toEqual({
      status: 0,
      producedAt: NOW,
      responder: issuer.subject.toString('hex'),
      certificates: 0,
      nonce: undefined,
      answers: [
        { serial: bad.serial, status: 'revoked', hash, ...times },
        { serial: '01ff', status: 'unknown', hash, ...times },
        { serial: good.serial, status: 'good', hash, ...times },
      ],
    });
  });

  it.each(['sha1', 'sha256', 'sha384'] as const)('understands a CertID with %s', async (hash) => {
    const { serial } = await issue();
    const { answers } = readOcspResponse((await ask({ serials: [serial], hash })).der);
    expect(answers).toMatchObject([{ serial, status: 'good' }]);
  });

  it.each([1, 16, 32, 128])(
    'repeats a nonce of %s octets, and is then for one asker only',
    async (length) => {
      const nonce = Buffer.alloc(length, 7);
      const answer = await ask({ serials: ['01ff'], nonce });
      expect(answer.cacheable).toBe(false);
      expect(answer.der.includes(nonce)).toBe(true);
    },
  );

  it('is unknown for an intent, and revoked for one that was given up', async () => {
    const broken = {
      ...authority,
      signer: { ...authority.signer, sign: () => Promise.reject(new Error('cut')) },
    };
    await expect(issue(broken)).rejects.toThrow('cut');
    const { serial } = (await store.list({})).records[0]!;
    const statusNow = async () =>
      readOcspResponse((await ask({ serials: [serial] })).der).answers?.[0]?.status;
    expect(await statusNow()).toBe('unknown');
    await new Issuer({ authority, profiles: [], store, clock }).reconcile(0);
    expect(await statusNow()).toBe('revoked');
  });

  it('comes from the authority that is asked about, old or new', async () => {
    const other = await anAuthority('P-384', undefined, 220);
    const responder = responderOf(answeringItself(authority), answeringItself(other));
    const [own, others] = [await issue(), await issue(other)];
    const about = (of: IssuingAuthority, serial: string) =>
      responder.respond(pkijsOcspRequest({ issuer: of.certificate, serials: [serial] }));
    for (const [of, serial, status] of [
      [authority, own.serial, 'good'],
      [other, others.serial, 'good'],
      [other, own.serial, 'unknown'],
    ] as const) {
      expect(readOcspResponse((await about(of, serial)).der).answers).toMatchObject([{ serial, status }]);
    }
  });
});

describe('an error', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('GET / HTTP/1.1')],
    ['an empty structure', Buffer.of(0x30, 0)],
    ['a request without certificates', pkijsOcspRequest({ issuer, serials: [] })],
    [
      'more certificates than 100',
      pkijsOcspRequest({ issuer, serials: Array.from({ length: 101 }, () => '01ff') }),
    ],
    ['more octets than 16 KiB', Buffer.alloc(1 << 20, 0x30)],
    [
      'something after the request',
      Buffer.concat([pkijsOcspRequest({ issuer, serials: ['01ff'] }), Buffer.of(0)]),
    ],
    ['a negative serial', pkijsOcspRequest({ issuer, serials: ['ff'] })],
    ['a nonce of no octets', pkijsOcspRequest({ issuer, serials: ['01ff'], nonce: Buffer.alloc(0) })],
    ['a nonce of 129 octets', pkijsOcspRequest({ issuer, serials: ['01ff'], nonce: Buffer.alloc(129) })],
    [
      'a nonce that is no OCTET STRING',
      pkijsOcspRequest({ issuer, serials: ['01ff'], rawNonce: Buffer.of(2, 1, 1) }),
    ],
    ['a critical extension', pkijsOcspRequest({ issuer, serials: ['01ff'], criticalExtension: '1.2.3.4' })],
  ])('is malformedRequest for %s', async (_, der) => {
    const answer = await responderOf(answeringItself(authority)).respond(der);
    expect(answer).toMatchObject({ status: 'malformedRequest', cacheable: false });
    expect(answer.der.toString('hex')).toBe('30030a0101');
  });

  it('names its signer, and brings the certificate of a delegate along, not that of the authority itself', async () => {
    const { serial } = await issue();
    const own = readOcspResponse((await ask({ serials: [serial] })).der);
    expect(own).toMatchObject({ responder: issuer.subject.toString('hex'), certificates: 0 });
    const options = { subject: { commonName: 'OCSP' }, now: NOW };
    const delegate = await createOcspDelegate(authority, aSigner('P-256', 5), options);
    const other = readOcspResponse((await ask({ serials: [serial] }, responderOf(delegate))).der);
    const { subject } = delegate.signer.certificate!;
    expect(other).toMatchObject({ responder: subject.toString('hex'), certificates: 1 });
  });

  it('is unauthorized for an authority that is none of ours', async () => {
    const other = await anAuthority('Ed25519', undefined, 230);
    const answer = await responderOf(answeringItself(other)).respond(
      pkijsOcspRequest({ issuer, serials: ['01ff'] }),
    );
    expect(answer).toMatchObject({ status: 'unauthorized', cacheable: false });
    expect(readOcspResponse(answer.der)).toEqual({ status: 6 });
  });

  it('is internalError when the record cannot be read, with the reason for the logs', async () => {
    store.find = () => Promise.reject(new Error('no database'));
    const answer = await ask({ serials: ['01ff'] });
    expect(answer).toMatchObject({
      status: 'internalError',
      cacheable: false,
      error: new Error('no database'),
    });
    expect(readOcspResponse(answer.der)).toEqual({ status: 2 });
  });
});

describe('openssl accepts the answer', () => {
  async function check(by: IssuingAuthority, source: OcspSource): Promise<void> {
    const [good, bad] = [await issue(by), await issue(by)];
    await revoke(bad.serial);
    openssl.write('root.pem', certificatePem(by.chain.at(-1)!.der));
    openssl.write('issuer.pem', certificatePem(by.certificate.der));
    openssl.write('good.pem', good.pem);
    openssl.write('bad.pem', bad.pem);
    const about = ['-issuer', 'issuer.pem', '-sha256', '-cert', 'good.pem', '-sha256', '-cert', 'bad.pem'];
    openssl.output('ocsp', ...about, '-reqout', 'request.der');
    const answer = await responderOf(source).respond(openssl.read('request.der'));
    openssl.write('answer.der', answer.der);
    const trust = ['-CAfile', 'root.pem', '-verify_other', 'issuer.pem'];
    const { ok, text } = openssl.run(
      'ocsp',
      ...about,
      '-reqin',
      'request.der',
      '-respin',
      'answer.der',
      // Keep the nonce that the request has, instead of adding another.
      '-no_nonce',
      ...trust,
    );
    expect(text).toMatch(/Response verify OK/);
    expect(text).toMatch(/good\.pem: good/);
    expect(text).toMatch(/bad\.pem: revoked[\s\S]*Reason: keyCompromise/);
    expect(text).not.toMatch(/nonce/i);
    expect(ok).toBe(true);
  }

  it.each(KEY_KINDS)('of an authority with a %s key', async (kind) => {
    const own = await anAuthority(kind);
    await check(own, answeringItself(own));
  });

  it.each(KEY_KINDS)('of a delegate with a %s key', async (kind) => {
    const subject = { commonName: 'OCSP' };
    await check(authority, await createOcspDelegate(authority, aSigner(kind, 5), { subject, now: NOW }));
  });
});

describe('a delegate', () => {
  it('never outlives its authority', async () => {
    const options = { subject: { commonName: 'OCSP' }, now: NOW, lifetimeMs: 9999 * DAY_MS };
    const { signer } = await createOcspDelegate(authority, aSigner('P-256', 5), options);
    expect(signer.certificate!.notAfter).toBe(issuer.notAfter);
  });

  it('promises nothing beyond its own end, and answers nothing after it', async () => {
    const options = { subject: { commonName: 'OCSP' }, now: NOW, lifetimeMs: DAY_MS };
    const delegate = await createOcspDelegate(authority, aSigner('P-256', 5), options);
    clock.pass(DAY_MS - 60e3);
    expect((await ask({ serials: ['01ff'] }, responderOf(delegate))).nextUpdate).toBe(NOW + DAY_MS);
    clock.pass(61e3);
    const late = await ask({ serials: ['01ff'] }, responderOf(delegate));
    expect(late).toMatchObject({ status: 'internalError', error: { code: 'ocsp_delegate_expired' } });
  });
});

describe('a request in the path of a GET', () => {
  const der = pkijsOcspRequest({ issuer, serials: ['01ff'] });
  const base64 = der.toString('base64');

  it('is read, URL-encoded or not', () => {
    for (const path of [base64, encodeURIComponent(base64)])
      expect(ocspRequestFromPath(path)?.equals(der)).toBe(true);
  });

  it.each(['', '%', 'a b', '<>', 'A'.repeat(40_000)])('is refused when it is none: %#', (path) =>
    expect(ocspRequestFromPath(path)).toBeUndefined(),
  );
});
