import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Workshop } from '../workshop.js';

interface Shown {
  current: { subject: string; key: string; issuer: string }[];
  previous: { servedUntil: string; chain: { subject: string }[] }[];
  crossSigned: { subject: string; issuer: string }[];
}

let shop: Workshop;
let shown: Shown;
const DAY_MS = 86_400e3;
beforeAll(async () => {
  shop = new Workshop();
  await shop.done(['create', '--organization', 'Acme Ltd', '--algorithm', 'Ed25519']);
  await shop.done(['export', '--out', 'old-trust.pem']);
  for (const machine of ['before', 'after']) shop.request(machine);
  shop.write('before.pem', await shop.done(['sign', '--machine', 'before', 'before.csr']));
  shown = await shop.json<Shown>(['succeed', '--new-root', '--serve-old-for', '240h']);
  shop.write('after.pem', await shop.done(['sign', '--machine', 'after', 'after.csr']));
  await shop.done(['export', '--out', 'new-trust.pem']);
});
afterAll(() => shop.close());

describe('provision ca succeed --new-root', () => {
  it('keeps the organisation and the kind of key, and the old authority until the date', () => {
    expect(shown.current[1]).toMatchObject({
      subject: expect.stringMatching(/^O=Acme Ltd, .*Root/),
      key: 'Ed25519',
    });
    expect(shown.current[1]!.subject).not.toBe(shown.previous[0]!.chain[1]!.subject);
    const left = Date.parse(shown.previous[0]!.servedUntil) - Date.now();
    expect(left).toBeGreaterThan(9 * DAY_MS);
    expect(left).toBeLessThanOrEqual(10 * DAY_MS);
    expect(shown.crossSigned).toEqual([
      expect.objectContaining({
        subject: shown.current[1]!.subject,
        issuer: shown.previous[0]!.chain[1]!.subject,
      }),
    ]);
  });

  it('lets a client that has only the old root verify a new certificate through the cross-signed one', () => {
    const old = ['-CAfile', 'old-trust.pem'];
    expect(shop.verify(...old, '-untrusted', 'after.pem', 'after.pem')).toEqual({
      code: 0,
      text: 'after.pem: OK\n',
    });
    // It is the cross-signed certificate that does it.
    expect(shop.verify(...old, 'after.pem').code).not.toBe(0);
  });

  it('lets a client that has what is served now verify old certificates and new ones', () => {
    for (const file of ['before.pem', 'after.pem'])
      expect(shop.verify('-CAfile', 'new-trust.pem', '-untrusted', 'new-trust.pem', file).code).toBe(0);
  });

  it('still signs the revocation list of the old authority', async () => {
    const id = shop
      .openssl('x509', '-in', 'before.pem', '-noout', '-ext', 'authorityKeyIdentifier')
      .match(/(?:[0-9A-F]{2}:){19}[0-9A-F]{2}/)![0];
    const [before] = await shop.json<{ serial: string }[]>(['list', '--machine', 'before']);
    await shop.done(['revoke', before!.serial]);
    await shop.done(['crl', '--issuer', id, '--out', 'old-crl.pem']);
    const check = shop.verify(
      '-crl_check',
      '-CRLfile',
      'old-crl.pem',
      '-CAfile',
      'old-trust.pem',
      'before.pem',
    );
    expect(check.text).toContain('certificate revoked');
    expect(await shop.ca(['crl', '--issuer', 'aa'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('an authority with Ed25519 keys', () => {
  it('is created with a warning of who cannot verify it, and others without', async () => {
    const other = new Workshop();
    const made = await other.ca(['create', '--algorithm', 'Ed25519']);
    expect(made.code).toBe(0);
    expect(made.stderr.match(/^warning: .*Ed25519.*Go's OCSP package, mbedTLS/gm)).toHaveLength(2);
    const env = { MG_PROVISION_AUTHORITY_PATH: 'plain', MG_PROVISION_STATE_PATH: 'plain.db' };
    expect(await other.ca(['create'], { env })).toMatchObject({ code: 0, stderr: '' });
    other.close();
  });
});

describe('provision ca succeed', () => {
  it('puts a new issuing authority below the same root', async () => {
    const before = await shop.json<Shown>(['show']);
    const after = await shop.json<Shown>(['succeed']);
    expect(after.current[1]).toEqual(before.current[1]);
    expect(after.current[0]).not.toEqual(before.current[0]);
    expect(after.previous).toHaveLength(2);
  });
});
