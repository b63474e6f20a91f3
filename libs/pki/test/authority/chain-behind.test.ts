import { afterAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { type ParsedCertificate, certificatePem } from '@org/x509';
import {
  type IssuingAuthority,
  Issuer,
  MemoryCertificateStore,
  chainBehind,
  crossSign,
  succeed,
  trustAnchors,
} from '../../src/index.js';
import { DAY_MS, NOW, aProfile, aRequest, aRoot, anAuthority } from '../support/authority.js';
import { Openssl } from '@org/test-support';

const openssl = new Openssl();
afterAll(() => openssl.close());

const terms = { now: NOW, lifetimeMs: 200 * DAY_MS };
const roots = await Promise.all([301, 302, 303].map((n) => aRoot('P-256', n)));
const [first, second, third] = await Promise.all(roots.map((root, n) => anAuthority('P-256', root, 401 + n)));
const secondByFirst = await crossSign(roots[0]!, roots[1]!.certificate, terms);
const firstBySecond = await crossSign(roots[1]!, roots[0]!.certificate, terms);
const thirdBySecond = await crossSign(roots[1]!, roots[2]!.certificate, terms);

const chainOf = ({ certificate, chain }: IssuingAuthority) => [certificate, ...chain];
const servedUntil = NOW + 100 * DAY_MS;
const once = succeed(trustAnchors(chainOf(first!)), {
  ...{ current: chainOf(second!), servedUntil },
  crossSigned: [secondByFirst, firstBySecond],
});
const twice = succeed(once, {
  ...{ current: chainOf(third!), servedUntil: servedUntil + DAY_MS },
  crossSigned: [thirdBySecond],
});

async function leafOf(authority: IssuingAuthority): Promise<X509Certificate> {
  const issuer = new Issuer({ authority, profiles: [aProfile()], store: new MemoryCertificateStore() });
  const { certificate } = await issuer.issue({ request: await aRequest(), machineId: 'machine-1' });
  return new X509Certificate(certificate);
}

const prints = (certificates: readonly ParsedCertificate[]) =>
  certificates.map(({ fingerprint }) => fingerprint);

describe('what goes behind a certificate', () => {
  it('is its authority and its root while there has been no other', async () => {
    const { intermediates, roots: above } = chainBehind(
      trustAnchors(chainOf(first!)),
      await leafOf(first!),
      NOW,
    );
    expect(prints(intermediates)).toEqual(prints([first!.certificate]));
    expect(prints(above)).toEqual(prints([roots[0]!.certificate]));
  });

  it('has the new root in the name of the old one in front of the roots', async () => {
    const behind = chainBehind(once, await leafOf(second!), NOW);
    expect(prints(behind.intermediates)).toEqual(prints([second!.certificate, secondByFirst]));
    expect(prints(behind.roots)).toEqual(prints([roots[1]!.certificate, roots[0]!.certificate]));
  });

  it('leads over several roots to each, the nearest first', async () => {
    const behind = chainBehind(twice, await leafOf(third!), NOW);
    expect(prints(behind.intermediates)).toEqual(prints([third!.certificate, thirdBySecond, secondByFirst]));
    expect(prints(behind.roots)).toEqual(prints(roots.toReversed().map(({ certificate }) => certificate)));
  });

  it('is that of the authority which has issued it, not of the present one', async () => {
    const behind = chainBehind(twice, await leafOf(first!), NOW);
    expect(prints(behind.intermediates)).toEqual(prints([first!.certificate, firstBySecond]));
    expect(behind.roots[0]!.fingerprint).toBe(roots[0]!.certificate.fingerprint);
  });

  it('leads nowhere that is no longer served, and over nothing that has expired', async () => {
    const late = chainBehind(twice, await leafOf(third!), servedUntil);
    expect(prints(late.roots)).toEqual(prints([roots[2]!.certificate, roots[1]!.certificate]));
    const expired = chainBehind(twice, await leafOf(third!), NOW + 201 * DAY_MS);
    expect(prints(expired.intermediates)).toEqual(prints([third!.certificate]));
  });

  it.each([0, 1, 2])('is accepted by openssl where it knows root %i alone', async (known) => {
    const leaf = await leafOf(third!);
    const behind = chainBehind(twice, leaf, NOW);
    const pem = (certificates: readonly ParsedCertificate[]) =>
      certificates.map(({ der }) => certificatePem(der)).join('');
    openssl.write('root.pem', pem([roots[known]!.certificate]));
    openssl.write('behind.pem', pem([...behind.intermediates, ...behind.roots]));
    openssl.write('leaf.pem', leaf.toString());
    const args = ['verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'behind.pem', 'leaf.pem'];
    expect(openssl.run(...args)).toEqual({ ok: true, text: 'leaf.pem: OK\n' });
  });
});
