import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createCsr, readCsr, type SubjectNames } from '@org/x509';
import { CertificateMaker, DeviceProfile, type DeviceProfileOptions } from '../../src/index.js';
import { anAuthority, aRequest, NOW } from '../support/authority.js';
import { pkijsCsr } from '@org/test-support';
import { invalidError } from '@org/test-support/errors';
import { aSigner } from '../support/signer.js';
import { readWithPkijs } from '../support/pkijs-certificate.js';

const authority = await anAuthority();

async function namesFor(
  profile: Partial<DeviceProfileOptions>,
  names: Partial<SubjectNames>,
  machineId = 'M-1',
) {
  const request = readCsr(await createCsr(aSigner(), { subject: { commonName: machineId }, names }));
  const maker = new CertificateMaker(new DeviceProfile({ name: 'device', ...profile }), authority);
  const { certificate } = await maker.sign(maker.prepare({ request, machineId, now: NOW }), () => NOW);
  return new X509Certificate(certificate).subjectAltName;
}

describe('a profile', () => {
  it.each<[string, Partial<DeviceProfileOptions>, RegExp]>([
    ['a name with capitals', { name: 'Device' }, /its name/],
    ['no lifetime', { lifetimeMs: 0 }, /its lifetime/],
    ['a lifetime that is no number', { lifetimeMs: NaN }, /its lifetime/],
    ['a century', { lifetimeMs: 36500 * 864e5 }, /its lifetime/],
    ['a negative backdate', { backdateMs: -1 }, /backdated/],
    ['a long organization', { subject: { organization: 'x'.repeat(65) } }, /organization/],
    ['a country of three letters', { subject: { country: 'DEU' } }, /country/],
    ['a host name in capitals', { names: { dns: ['A.example'] } }, /host name/],
    ['a host name with a space', { names: { dns: ['a b.example'] } }, /host name/],
    ['a wildcard for everybody', { names: { dns: ['*.example'] } }, /wildcard/],
    ['an unknown placeholder', { names: { uri: ['urn:x:{serial}'] } }, /\{machineId\}/],
    ['a relative URI', { names: { uri: ['/machines/{machineId}'] } }, /absolute URI/],
    ['an ftp address', { addresses: { crl: ['ftp://ca.example/crl'] } }, /http or https/],
    ['a broken address', { addresses: { ocsp: ['http://'] } }, /http or https/],
    ['no purpose', { clientAuth: false }, /neither clients nor servers/],
    ['no kind of key', { keyAlgorithms: [] }, /no kind of key/],
    ['an extension that decides about power', { copyExtensions: ['2.5.29.19'] }, /authority's own/],
    ['an extension that is no object identifier', { copyExtensions: ['1..2'] }, /object identifier/],
  ])('refuses %s', (_, options, problem) => {
    const make = () => new DeviceProfile({ name: 'device', ...options });
    expect(make).toThrow(invalidError('profile_invalid'));
    expect(make).toThrow(problem);
  });

  it('reports every problem at once', () => {
    const options = { name: 'X', lifetimeMs: 0, addresses: { crl: ['a'], ocsp: ['b'] } };
    const problems = [/its name/, /its lifetime/, /"a"/, /"b"/].map(
      (each) => expect.stringMatching(each) as object,
    );
    expect(() => new DeviceProfile(options)).toThrow(
      expect.objectContaining({ details: { problems } }) as object,
    );
  });
});

describe('names', () => {
  const names = { dns: ['{machineId}.devices.example'], uri: ['urn:example:{machineId}'] };

  it('are those of the profile, with the machine id filled in', async () => {
    expect(await namesFor({ names }, {})).toBe('URI:urn:example:M-1, DNS:m-1.devices.example');
    expect(await namesFor({ names: { uri: ['urn:x:{machineId}'] } }, {}, 'a b/ä')).toBe(
      'URI:urn:x:a%20b%2F%C3%A4',
    );
    expect(await namesFor({}, {})).toBeUndefined();
  });

  it('that the profile gives anyway may be asked for', async () => {
    const asked = { dns: ['M-1.Devices.example'], uri: ['urn:example:M-1'] };
    expect(await namesFor({ names }, asked)).toBe('URI:urn:example:M-1, DNS:m-1.devices.example');
  });

  it('that the profile leaves to the device are granted when asked for', async () => {
    const askableNames = {
      dns: ['{machineId}.lan', '*.sites.example'],
      uri: ['urn:also:{machineId}'],
      ip: true,
    };
    const asked = {
      dns: ['m-1.lan', 'berlin.sites.example'],
      uri: ['urn:also:M-1'],
      ip: [Buffer.of(192, 0, 2, 7)],
    };
    const all = 'URI:urn:also:M-1, DNS:m-1.lan, DNS:berlin.sites.example, IP Address:192.0.2.7';
    expect(await namesFor({ askableNames }, asked)).toBe(all);
    expect(await namesFor({ askableNames }, {})).toBeUndefined();
  });

  it.each<[string, Partial<SubjectNames>]>([
    ['a host name', { dns: ['other.example'] }],
    ["another machine's host name", { dns: ['m-2.lan'] }],
    ['two labels for a wildcard', { dns: ['a.b.sites.example'] }],
    ['nothing for a wildcard', { dns: ['.sites.example'] }],
    ['a wildcard', { dns: ['*.sites.example'] }],
    ['a URI', { uri: ['urn:also:M-2'] }],
    ['an IP address', { ip: [Buffer.of(10, 0, 0, 1)] }],
  ])('that are not allowed are refused: %s', async (_, asked) => {
    const askableNames = { dns: ['{machineId}.lan', '*.sites.example'], uri: ['urn:also:{machineId}'] };
    await expect(namesFor({ askableNames }, asked)).rejects.toEqual(invalidError('csr_name_forbidden'));
  });

  it.each([
    ['an e-mail address', Buffer.concat([Buffer.of(0x30, 5, 0x81, 3), Buffer.from('a@b')])],
    ['a registered id', Buffer.of(0x30, 4, 0x88, 2, 0x2a, 3)],
  ])('of other kinds are refused: %s', (_, value) => {
    const subject = [{ type: '2.5.4.3', form: 'utf8' as const, value: 'M-1' }];
    const extensions = [{ id: '2.5.29.17', critical: false, value }];
    const request = readCsr(pkijsCsr({ kind: 'P-256', subject, names: [], extensions }));
    const maker = new CertificateMaker(new DeviceProfile({ name: 'device' }), authority);
    const prepare = () => maker.prepare({ request, machineId: 'M-1', now: NOW });
    expect(prepare).toThrow(invalidError('csr_name_forbidden'));
  });
});

it('of a machine that is not known yet are checked as far as they do not depend on it', async () => {
  const askableNames = { dns: ['{machineId}.lan', '*.sites.example'] };
  const made = new DeviceProfile({ name: 'device', names: { uri: ['urn:x:{machineId}'] }, askableNames });
  const maker = new CertificateMaker(made, authority);
  const check = async (dns: string[], uri: string[] = []) => {
    const request = readCsr(await createCsr(aSigner(), { subject: {}, names: { dns, uri } }));
    maker.check(request, { machineId: undefined, subject: 'must_match' });
  };
  await check(['berlin.sites.example']);
  for (const asked of [check(['m-1.lan']), check(['{machineid}.lan']), check([], ['urn:x:M-1'])])
    await expect(asked).rejects.toEqual(invalidError('csr_name_forbidden'));
});

describe('what else a request asks for', () => {
  const request = readCsr(
    pkijsCsr({
      kind: 'P-256',
      subject: [
        { type: '2.5.4.10', form: 'printable', value: 'Internet Widgits Pty Ltd' },
        { type: '2.5.4.3', form: 'utf8', value: 'M-1' },
      ],
      names: [],
      extensions: [
        { id: '2.5.29.19', critical: true, value: Buffer.from('30030101ff', 'hex') },
        { id: '2.5.29.15', critical: true, value: Buffer.from('03020106', 'hex') },
        { id: '1.3.6.1.4.1.99999.1', critical: false, value: Buffer.from('0c024869', 'hex') },
      ],
    }),
  );

  const issue = async (profile: DeviceProfile) => {
    const maker = new CertificateMaker(profile, authority);
    const { certificate } = await maker.sign(
      maker.prepare({ request, machineId: 'M-1', now: NOW }),
      () => NOW,
    );
    return readWithPkijs(certificate);
  };

  it('is not copied', async () => {
    const { basicConstraints, keyUsage, extensions, subject } = await issue(
      new DeviceProfile({ name: 'device' }),
    );
    expect(basicConstraints).toEqual({ cA: false, pathLength: undefined });
    expect(keyUsage).toEqual([0]);
    expect(extensions.map(([id]) => id)).not.toContain('1.3.6.1.4.1.99999.1');
    expect(subject).toEqual([['2.5.4.3', 'M-1']]);
  });

  it('is copied where the profile says so', async () => {
    const copying = new DeviceProfile({ name: 'device', copyExtensions: ['1.3.6.1.4.1.99999.1'] });
    const { extensions, basicConstraints } = await issue(copying);
    expect(extensions.at(-1)).toEqual(['1.3.6.1.4.1.99999.1', false]);
    expect(basicConstraints).toEqual({ cA: false, pathLength: undefined });
  });
});

it('refuses kinds of key that the profile leaves out', async () => {
  const maker = new CertificateMaker(
    new DeviceProfile({ name: 'device', keyAlgorithms: ['P-384', 'Ed25519'] }),
    authority,
  );
  const request = await aRequest();
  const prepare = () => maker.prepare({ request, machineId: 'machine-1', now: NOW });
  expect(prepare).toThrow(invalidError('csr_key_unsupported'));
});
