import { describe, expect, it } from '@jest/globals';
import { type ParsedCertificate, readCertificate, readCertificateBundle, verifyChain } from '@org/x509';
import {
  type Authority,
  crossSign,
  formatTrustAnchors,
  Issuer,
  type IssuingAuthority,
  MemoryCertificateStore,
  parseTrustAnchors,
  servedCertificates,
  servedPem,
  succeed,
  trustAnchors,
} from '../../src/index.js';
import { anAuthority, aProfile, aRequest, aRoot, DAY_MS, NOW } from '../support/authority.js';
import { invalidError } from '@org/test-support/errors';

const oldRoot = await aRoot('P-256', 101);
const oldIssuing = await anAuthority('P-256', oldRoot, 201);
const newRoot = await aRoot('P-384', 102);
const newIssuing = await anAuthority('P-384', newRoot, 202);
const terms = { now: NOW, lifetimeMs: 200 * DAY_MS };
const newUnderOld = await crossSign(oldRoot, newRoot.certificate, terms);
const oldUnderNew = await crossSign(newRoot, oldRoot.certificate, terms);

const chainOf = ({ certificate, chain }: IssuingAuthority) => [certificate, ...chain];
const servedUntil = NOW + 30 * DAY_MS;
const before = trustAnchors(chainOf(oldIssuing));
const after = succeed(before, {
  current: chainOf(newIssuing),
  servedUntil,
  crossSigned: [newUnderOld, oldUnderNew],
});

const prints = (certificates: readonly ParsedCertificate[]) =>
  certificates.map(({ fingerprint }) => fingerprint);

async function leafOf(authority: IssuingAuthority): Promise<ParsedCertificate> {
  const issuer = new Issuer({ authority, profiles: [aProfile()], store: new MemoryCertificateStore() });
  const { certificate } = await issuer.issue({ request: await aRequest(), machineId: 'machine-1' });
  return readCertificate(certificate);
}

describe('a cross-signed certificate', () => {
  it('has the name and key of the one and the issuer of the other', () => {
    expect(newUnderOld.subject.equals(newRoot.certificate.subject)).toBe(true);
    expect(newUnderOld.publicKey.equals(newRoot.certificate.publicKey)).toBe(true);
    expect(newUnderOld.subjectKeyId!.equals(newRoot.certificate.subjectKeyId!)).toBe(true);
    expect(newUnderOld.issuer.equals(oldRoot.certificate.subject)).toBe(true);
    expect(newUnderOld.notAfter).toBe(NOW + 200 * DAY_MS);
  });

  it('outlives neither', async () => {
    const long = await crossSign(oldRoot, newIssuing.certificate, { now: NOW, lifetimeMs: 9999 * DAY_MS });
    expect(long.notAfter).toBe(newIssuing.certificate.notAfter);
    expect(long.pathLength).toBe(0);
  });
});

describe('while one authority takes over from another', () => {
  const at = NOW + 1000;

  it.each<[string, IssuingAuthority, Authority]>([
    ['a legacy device accepts a new certificate', newIssuing, oldRoot],
    ['a new device accepts an old certificate', oldIssuing, newRoot],
    ['a new device accepts a new certificate', newIssuing, newRoot],
    ['a legacy device accepts an old certificate', oldIssuing, oldRoot],
  ])('%s', async (_, authority, trusted) => {
    const { intermediates } = servedCertificates(after, NOW);
    const chain = verifyChain({
      leaf: await leafOf(authority),
      intermediates,
      roots: [trusted.certificate],
      at,
    });
    expect(chain.at(-1)).toBe(trusted.certificate);
  });

  it('nothing leads to the old root without the cross-signed certificate', async () => {
    const options = { leaf: await leafOf(newIssuing), intermediates: [newIssuing.certificate], at };
    const verify = () => verifyChain({ ...options, roots: [oldRoot.certificate] });
    expect(verify).toThrow(invalidError('chain_incomplete'));
  });
});

describe('what is served', () => {
  it('is both until the date, the current one first, and then only the new one', () => {
    const both = servedCertificates(after, servedUntil - 1);
    expect(prints(both.roots)).toEqual(prints([newRoot.certificate, oldRoot.certificate]));
    expect(prints(both.intermediates)).toEqual(
      prints([newIssuing.certificate, oldIssuing.certificate, newUnderOld, oldUnderNew]),
    );
    const one = servedCertificates(after, servedUntil);
    expect(prints(one.roots)).toEqual(prints([newRoot.certificate]));
    expect(prints(one.intermediates)).toEqual(prints([newIssuing.certificate, newUnderOld]));
  });

  it('holds nothing that has expired', () => {
    const { intermediates } = servedCertificates(after, NOW + 201 * DAY_MS);
    expect(prints(intermediates)).toEqual(prints([newIssuing.certificate]));
  });

  it('can be given to devices as one PEM bundle', () => {
    const served = servedCertificates(after, NOW);
    expect(prints(readCertificateBundle(servedPem(served)))).toEqual(
      prints([...served.intermediates, ...served.roots]),
    );
  });

  it('is a new issuing authority under the same root, too', async () => {
    const second = await anAuthority('Ed25519', oldRoot, 203);
    const { roots, intermediates } = servedCertificates(
      succeed(before, { current: chainOf(second), servedUntil }),
      NOW,
    );
    expect(prints(roots)).toEqual(prints([oldRoot.certificate]));
    expect(prints(intermediates)).toEqual(prints([second.certificate, oldIssuing.certificate]));
  });
});

describe('trust anchors as text', () => {
  it('are read back as they were', () => {
    for (const anchors of [before, after]) {
      const read = parseTrustAnchors(formatTrustAnchors(anchors));
      expect(prints(read.current)).toEqual(prints(anchors.current));
      expect(prints(read.crossSigned)).toEqual(prints(anchors.crossSigned));
      expect(read.previous.map((each) => [prints(each.chain), each.servedUntil])).toEqual(
        anchors.previous.map((each) => [prints(each.chain), each.servedUntil]),
      );
    }
  });

  it.each(['', '{}', '{"version":2}', '{"version":1,"current":"","previous":[],"crossSigned":""}'])(
    'refuse %p',
    (text) => expect(() => parseTrustAnchors(text)).toThrow(invalidError('trust_anchors_malformed')),
  );
});
