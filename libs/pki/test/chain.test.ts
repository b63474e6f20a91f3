import { sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type ParsedCertificate, readCertificate, verifyChain } from '@org/x509';
import { type Authority, createIssuingAuthority, createRoot } from '../src/index.js';
import {
  bitString,
  endEntity,
  explicit,
  extendedKeyUsage,
  extension,
  integerOf,
  octetString,
  sequence,
  time,
} from '@org/x509/encoding';
import { certify, VERSION_3 } from '../src/authority/certify.js';
import { anAuthority, aRoot, DAY_MS, NOW } from './support/authority.js';
import { aKey, cpuMs } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';
import { aSigner } from './support/signer.js';

const root = await aRoot();
const issuing = await anAuthority('P-256', root);

async function leafFrom(
  { certificate, signer }: Authority,
  extensions: Buffer[] = [],
): Promise<ParsedCertificate> {
  return certify({
    signer,
    issuer: certificate.subject,
    subject: sequence(),
    publicKey: aSigner('P-256', 9).publicKey,
    notBefore: NOW,
    notAfter: NOW + DAY_MS,
    extensions: [endEntity(), ...extensions],
  });
}

const leaf = await leafFrom(issuing, [extendedKeyUsage('1.3.6.1.5.5.7.3.2')]);
const base = { leaf, intermediates: [issuing.certificate], roots: [root.certificate], at: NOW };
const refused = (change: Partial<Parameters<typeof verifyChain>[0]>, code: string) =>
  expect(() => verifyChain({ ...base, ...change })).toThrow(invalidError(code));

describe('verifyChain', () => {
  it('finds the chain, in any order and among others', async () => {
    const others = [(await aRoot('Ed25519')).certificate, root.certificate, leaf];
    for (const intermediates of [base.intermediates, [...others, issuing.certificate]]) {
      const chain = verifyChain({ ...base, intermediates, purpose: 'clientAuth' });
      expect(chain.map(({ serial }) => serial)).toEqual(
        [leaf, issuing.certificate, root.certificate].map((c) => c.serial),
      );
    }
  });

  it('accepts the last second and refuses the next; likewise the first', () => {
    expect(verifyChain({ ...base, at: leaf.notAfter + 999 })).toHaveLength(3);
    refused({ at: leaf.notAfter + 1000 }, 'certificate_expired');
    refused({ at: leaf.notBefore - 1 }, 'certificate_not_yet_valid');
  });

  it('refuses a chain that leads nowhere', () => {
    refused({ intermediates: [] }, 'chain_incomplete');
    refused({ roots: [] }, 'chain_incomplete');
  });

  it('refuses a purpose that the certificate is not for', () =>
    refused({ purpose: 'serverAuth' }, 'certificate_purpose'));

  it('refuses a signature by another key', async () => {
    const impostor = { ...issuing, signer: aSigner('P-256', 9) };
    refused({ leaf: await leafFrom(impostor) }, 'chain_signature');
  });

  it('refuses an issuer that is no authority', async () => {
    const { publicKey } = aSigner('P-256', 9);
    const named = await certify({
      signer: issuing.signer,
      issuer: issuing.certificate.subject,
      subject: issuing.certificate.issuer,
      publicKey,
      notBefore: NOW,
      notAfter: NOW + DAY_MS,
      extensions: [endEntity()],
    });
    const below = await leafFrom({ certificate: named, signer: aSigner('P-256', 9) });
    refused({ leaf: below, intermediates: [issuing.certificate, named], roots: [] }, 'chain_not_authority');
  });

  it('refuses more authorities than one of them allows', async () => {
    const terms = { now: NOW, lifetimeMs: DAY_MS };
    const narrow = await createRoot(aSigner('P-256', 10), {
      ...terms,
      subject: { commonName: 'Narrow' },
      pathLength: 0,
    });
    const wide = { ...narrow, certificate: { ...narrow.certificate, pathLength: undefined } };
    const below = await createIssuingAuthority(wide, aSigner('P-256', 11), {
      ...terms,
      subject: { commonName: 'Below' },
    });
    const options = {
      leaf: await leafFrom(below),
      intermediates: [below.certificate],
      roots: [narrow.certificate],
    };
    refused(options, 'chain_path_length');
  });

  it('refuses a critical extension that it does not know, name constraints among them', async () => {
    const constrained = await leafFrom(issuing, [extension('2.5.29.30', sequence(), true)]);
    refused({ leaf: constrained }, 'certificate_critical_extension');
    const harmless = await leafFrom(issuing, [extension('1.3.6.1.4.1.99999.1', octetString(Buffer.of(1)))]);
    expect(verifyChain({ ...base, leaf: harmless })).toHaveLength(3);
  });

  it('refuses SHA-1', () => {
    const sha1 = sequence(Buffer.from('06072a8648ce3d0401', 'hex'));
    const tbs = sequence(
      VERSION_3,
      integerOf(Buffer.of(7)),
      sha1,
      issuing.certificate.subject,
      sequence(time(NOW), time(NOW + DAY_MS)),
      sequence(),
      aSigner('P-256', 9).publicKey,
      explicit(3, sequence(endEntity())),
    );
    const signature = bitString(sign('sha1', tbs, aKey('P-256', 200)));
    refused({ leaf: readCertificate(sequence(tbs, sha1, signature)) }, 'certificate_signature_algorithm');
  });

  it('comes to an end whatever it is given', async () => {
    // Twenty authorities that all have the same name: any of them might have issued any other.
    const subject = { commonName: 'Loop' };
    const same = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        createRoot(aSigner('P-256', 300 + n), { subject, now: NOW, lifetimeMs: DAY_MS }),
      ),
    );
    const nameless = same.map(({ certificate }) => ({
      ...certificate,
      authorityKeyId: undefined,
      subjectKeyId: undefined,
    }));
    const search = () =>
      refused({ leaf: nameless[0]!, intermediates: nameless, roots: [root.certificate] }, 'chain_signature');
    expect(cpuMs(search)).toBeLessThan(1000);
  });
});
