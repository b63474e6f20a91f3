import { describe, expect, it } from '@jest/globals';
import {
  Issuer,
  MemoryCertificateStore,
  createIssuingAuthority,
  createRoot,
  crossSign,
  succeed,
} from '@org/pki';
import { readCsr } from '@org/x509';
import { credentialsOf } from '../../src/certificates/credentials.js';
import { DAY_MS, aCsr, aSigner, anAuthority, profile } from '../support/authority.js';
import { START, ManualClock } from '../support/clock.js';

const before = await anAuthority();
const terms = { now: START - DAY_MS, lifetimeMs: 3_650 * DAY_MS };
const root = await createRoot(aSigner(), { ...terms, subject: { commonName: 'New root' } });
const subject = { commonName: 'New issuing' };
const authority = await createIssuingAuthority(root, aSigner(), { ...terms, subject });
const bridge = await crossSign(before.root, root.certificate, terms);
const anchors = succeed(before.anchors, {
  current: [authority.certificate, root.certificate],
  servedUntil: START + 100 * DAY_MS,
  crossSigned: [bridge],
});
const clock = new ManualClock();

async function given(issuing: typeof authority) {
  const store = new MemoryCertificateStore();
  const issuer = new Issuer({ authority: issuing, profiles: [profile], store, clock });
  const signed = await issuer.issue({ request: readCsr(await aCsr(aSigner())), machineId: 'machine-1' });
  return credentialsOf({ anchors: () => anchors, clock }, 'machine-1', signed);
}

describe('after a new root, what goes along with a certificate', () => {
  it('of the new authority leads to the new root and, for who knows only that, to the old one', async () => {
    const { caBundle, root: own } = await given(authority);
    expect(own).toEqual(root.certificate.der);
    expect(caBundle).toEqual([authority.certificate.der, bridge.der, before.root.certificate.der]);
  });

  it('of the old authority, asked for again after a lost response, is still its own root', async () => {
    const { caBundle, root: own } = await given(before.authority);
    expect(own).toEqual(before.root.certificate.der);
    expect(caBundle).toEqual([before.authority.certificate.der]);
  });
});
