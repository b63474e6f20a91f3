import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CertificateRequest } from '@org/x509';
import {
  DeviceProfile,
  Issuer,
  type IssuedCertificate,
  type IssuingAuthority,
  MemoryCertificateStore,
} from '../../src/index.js';
import { newSerial, time } from '@org/x509/encoding';
import { ADDRESSES, anAuthority, aProfile, aRequest, DAY_MS, NOW, TestClock } from '../support/authority.js';
import { KEY_KINDS, type KeyKind } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';
import { readWithPkijs } from '../support/pkijs-certificate.js';

const SIGNATURE_OIDS: Readonly<Record<KeyKind, string>> = {
  'P-256': '1.2.840.10045.4.3.2',
  'P-384': '1.2.840.10045.4.3.3',
  'RSA-2048': '1.2.840.113549.1.1.11',
  'RSA-3072': '1.2.840.113549.1.1.11',
  Ed25519: '1.3.101.112',
};

const authorities = new Map<KeyKind, IssuingAuthority>();
for (const kind of KEY_KINDS) authorities.set(kind, await anAuthority(kind));
const requests = new Map<KeyKind, CertificateRequest>();
for (const kind of KEY_KINDS) requests.set(kind, await aRequest('', { kind }));

interface Plan {
  readonly authority: KeyKind;
  readonly key: KeyKind;
  readonly machineId: string;
  readonly profile: DeviceProfile;
}

async function issue({ authority, key, machineId, profile }: Plan, now = NOW): Promise<IssuedCertificate> {
  const clock = new TestClock(now);
  const store = new MemoryCertificateStore();
  const issuer = new Issuer({ authority: authorities.get(authority)!, profiles: [profile], store, clock });
  return issuer.issue({ request: requests.get(key)!, machineId });
}

/** RFC 7093 method 1, over the key's bits as node exports them. */
function keyIdOf(spki: Buffer, kind: KeyKind): string {
  const header = { 'P-256': 26, 'P-384': 23, 'RSA-2048': 24, 'RSA-3072': 24, Ed25519: 12 }[kind];
  return createHash('sha256').update(spki.subarray(header)).digest('hex').slice(0, 40);
}

function expected({ authority, key, machineId, profile }: Plan, { serial }: IssuedCertificate): object {
  const { certificate } = authorities.get(authority)!;
  const { publicKey } = requests.get(key)!;
  const { crl = [], ocsp = [], caIssuers = [] } = profile.addresses;
  const uri = profile.names.uri.map((each) => [
    6,
    each.replaceAll('{machineId}', encodeURIComponent(machineId)),
  ]);
  const dns = profile.names.dns.map((each) => [2, each.replaceAll('{machineId}', machineId.toLowerCase())]);
  const { country, state, locality, organization, organizationalUnit } = profile.subject;
  const parts = [
    ['6', country],
    ['8', state],
    ['7', locality],
    ['10', organization],
    ['11', organizationalUnit],
    ['3', machineId],
  ];
  return {
    version: 3,
    serial,
    signature: [SIGNATURE_OIDS[authority], SIGNATURE_OIDS[authority]],
    issuer: certificate.subject.toString('hex'),
    subject: parts.filter(([, value]) => value).map(([type, value]) => [`2.5.4.${type}`, value]),
    // In whole seconds, as all times in certificates.
    notBefore: Math.floor((NOW - Math.min(profile.backdateMs, profile.lifetimeMs / 10)) / 1000) * 1000,
    notAfter: NOW + profile.lifetimeMs,
    publicKey: publicKey.toString('hex'),
    basicConstraints: { cA: false, pathLength: undefined },
    keyUsage: key.startsWith('RSA') && !profile.clientAuth ? [0, 2] : [0],
    purposes: [
      ...(profile.clientAuth ? ['1.3.6.1.5.5.7.3.2'] : []),
      ...(profile.serverAuth ? ['1.3.6.1.5.5.7.3.1'] : []),
    ],
    subjectKeyId: keyIdOf(publicKey, key),
    authorityKeyId: keyIdOf(certificate.publicKey, authority),
    names: uri.length + dns.length ? [...uri, ...dns] : undefined,
    crl: crl.map((url) => [6, url]),
    access: [
      ...ocsp.map((url) => ['1.3.6.1.5.5.7.48.1', url]),
      ...caIssuers.map((url) => ['1.3.6.1.5.5.7.48.2', url]),
    ],
    extensions: [
      ['2.5.29.19', true],
      ['2.5.29.15', true],
      ['2.5.29.37', false],
      ['2.5.29.14', false],
      ['2.5.29.35', false],
      ...(uri.length + dns.length ? [['2.5.29.17', false]] : []),
      ...(crl.length ? [['2.5.29.31', false]] : []),
      ...(ocsp.length + caIssuers.length ? [['1.3.6.1.5.5.7.1.1', false]] : []),
    ],
  };
}

async function check(plan: Plan): Promise<void> {
  const issued = await issue(plan);
  const authority = authorities.get(plan.authority)!.certificate;
  expect(readWithPkijs(issued.certificate)).toEqual(expected(plan, issued));
  const node = new X509Certificate(issued.pem);
  expect(node.verify(authority.x509.publicKey)).toBe(true);
  expect(node.checkIssued(authority.x509)).toBe(true);
  expect(node.ca).toBe(false);
  expect(node.serialNumber.toLowerCase()).toBe(issued.serial);
  expect(node.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(issued.fingerprint);
}

const printable = (max: number) =>
  fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'Z', '0', ' ', '-', '.', '/', '=', ',', '+', '"', 'ä', 'ß', '日', '😀', 'é'),
      minLength: 1,
      maxLength: max,
    }),
    fc.constantFrom('x', 'x'.repeat(max), '😀'.repeat(max), 'ü'.repeat(max)),
  );
const part = (max: number) => fc.option(fc.oneof(fc.constant(''), printable(max)), { nil: undefined });

const profiles = fc.record({
  subject: fc.record({
    country: fc.constantFrom(undefined, '', 'DE', 'ZZ'),
    state: part(128),
    locality: part(128),
    organization: part(64),
    organizationalUnit: part(64),
  }),
  names: fc.record({
    uri: fc.subarray([
      'urn:example:{machineId}',
      'spiffe://example.org/machine/{machineId}/x',
      'https://example.org/',
    ]),
    dns: fc.subarray(['gateway.example.org', 'a-b.c']),
  }),
  purposes: fc.constantFrom({}, { serverAuth: true }, { clientAuth: false, serverAuth: true }),
  lifetimeMs: fc.integer({ min: 60, max: 300 * 24 * 3600 }).map((seconds) => seconds * 1000),
  backdateMs: fc.integer({ min: 0, max: 3600 }).map((seconds) => seconds * 1000),
  addresses: fc.record({
    crl: fc.subarray(ADDRESSES.crl),
    ocsp: fc.subarray([...ADDRESSES.ocsp, 'http://[2001:db8::1]:8080/ocsp']),
    caIssuers: fc.subarray(ADDRESSES.caIssuers),
  }),
});

const plans: fc.Arbitrary<Plan> = fc.record({
  authority: fc.constantFrom(...KEY_KINDS),
  key: fc.constantFrom(...KEY_KINDS),
  machineId: printable(64),
  profile: profiles.map(
    ({ purposes, ...options }) => new DeviceProfile({ name: 'device', ...purposes, ...options }),
  ),
});

describe('an issued certificate', () => {
  it('says what the profile and the request say, whatever the names and kinds of key', () =>
    fc.assert(fc.asyncProperty(plans, check), { numRuns: 300 }));

  it.each(KEY_KINDS.flatMap((authority) => KEY_KINDS.map((key) => [key, authority] as const)))(
    'carries a %s key, signed with %s',
    (key, authority) =>
      check({
        authority,
        key,
        machineId: 'machine-1',
        profile: aProfile({ names: { dns: ['{machineId}.example'] } }),
      }),
  );

  it('has the last second of 2049 as UTCTime and the next as GeneralizedTime', () => {
    expect(time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1')).toMatch(/491231235959Z$/);
    expect(time(Date.UTC(2050, 0, 1)).toString('latin1')).toMatch(/20500101000000Z$/);
  });

  it('never outlives its issuer, and does not begin before it', async () => {
    const profile = aProfile({ lifetimeMs: 300 * DAY_MS, backdateMs: DAY_MS });
    const plan: Plan = { authority: 'P-256', key: 'P-256', machineId: 'm', profile };
    const { certificate } = authorities.get('P-256')!;
    const early = await issue(plan);
    const late = await issue(plan, NOW + 300 * DAY_MS);
    expect(early.notBefore).toBe(certificate.notBefore);
    expect(late.notAfter).toBe(certificate.notAfter);
    expect(new X509Certificate(late.certificate).validToDate.getTime()).toBe(certificate.notAfter);
  });

  it('has a serial of its own: positive, 17 octets, 128 bits of them random', () => {
    const serials = Array.from({ length: 5000 }, () => newSerial().toString('hex'));
    expect(new Set(serials).size).toBe(5000);
    expect(serials.every((serial) => /^01[0-9a-f]{32}$/.test(serial))).toBe(true);
    // Each of the 128 bits is set about half of the time: 2500 ± 8 standard deviations.
    for (let bit = 0n; bit < 128n; bit += 1n) {
      const set = serials.filter((serial) => (BigInt(`0x${serial}`) >> bit) & 1n).length;
      expect(Math.abs(set - 2500)).toBeLessThan(285);
    }
  });
});

describe('names that cannot be written', () => {
  it.each([
    ['an empty machine id', '', 'machine_id_missing'],
    ['65 characters', 'x'.repeat(65), 'name_part_malformed'],
    ['a line feed', 'a\nb', 'name_part_malformed'],
    ['a zero', 'a\0', 'name_part_malformed'],
    ['half a character', '\ud800', 'name_part_malformed'],
  ])('refuses %s', async (_, machineId, code) => {
    const plan: Plan = {
      authority: 'P-256',
      key: 'P-256',
      machineId,
      profile: new DeviceProfile({ name: 'plain' }),
    };
    await expect(issue(plan)).rejects.toEqual(invalidError(code));
  });

  it.each(['a b', 'ä', 'a_b', '-a', 'x'.repeat(64), 'a..b'])(
    'refuses %p where a host name is made of it',
    async (machineId) => {
      const profile = aProfile({ names: { dns: ['{machineId}.example'] } });
      const issued = issue({ authority: 'P-256', key: 'P-256', machineId, profile });
      await expect(issued).rejects.toEqual(invalidError('machine_id_not_dns'));
    },
  );
});

/** Bits of key usage that go with a purpose: digitalSignature 0, keyEncipherment 2, keyAgreement 4 (RFC 5280 4.2.1.12). */
const CONSISTENT: Readonly<Record<string, readonly number[]>> = {
  '1.3.6.1.5.5.7.3.1': [0, 2, 4],
  '1.3.6.1.5.5.7.3.2': [0, 4],
};

describe('the usage of a key goes with every purpose of its certificate', () => {
  const purposes = [
    { clientAuth: true, serverAuth: false },
    { clientAuth: false, serverAuth: true },
    { clientAuth: true, serverAuth: true },
  ];
  it.each(KEY_KINDS.flatMap((key) => purposes.map((profile) => [key, profile] as const)))(
    '%s, %j',
    async (key, profile) => {
      const plan = { authority: 'P-256', key, machineId: 'm', profile: aProfile(profile) } as const;
      const { keyUsage, purposes: stated } = readWithPkijs((await issue(plan)).certificate);
      expect(stated).not.toEqual([]);
      for (const purpose of stated!)
        expect(keyUsage.filter((bit) => !CONSISTENT[purpose]!.includes(bit))).toEqual([]);
      expect(keyUsage).toContain(0);
    },
  );
});
