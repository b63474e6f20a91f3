import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Workshop } from '../workshop.js';

const PASSPHRASE = 'the passphrase of the folder';

interface Shown {
  current: { subject: string; key: string; keyFile: string; fingerprint: string; notAfter: string }[];
  warnings: string[];
}
interface Listed {
  serial: string;
  machine: string;
  state: string;
}

let shop: Workshop;
beforeAll(async () => {
  shop = new Workshop({ MG_PROVISION_AUTHORITY_PASSPHRASE: PASSPHRASE });
  await shop.done([
    'create',
    '--organization',
    'Acme Ltd',
    '--algorithm',
    'P-384',
    '--root-lifetime',
    '87600h',
  ]);
  await shop.done(['export', '--out', 'trust.pem']);
  for (const machine of ['gateway-1', 'gateway-2', 'gateway-3']) shop.request(machine);
  shop.write('gateway-1.pem', await shop.done(['sign', '--machine', 'gateway-1', 'gateway-1.csr']));
});
afterAll(() => shop.close());

const serialIn = (file: string): string =>
  shop.openssl('x509', '-in', file, '-noout', '-serial').replace('serial=', '').trim();

describe('an authority made by provision ca', () => {
  it('is shown with the names, keys and fingerprints that openssl reads from it', async () => {
    const { current, warnings } = await shop.json<Shown>(['show']);
    expect(current.map(({ subject, key, keyFile }) => ({ subject, key, keyFile }))).toEqual([
      {
        subject: expect.stringMatching(/^O=Acme Ltd, CN=Acme Ltd Devices [\da-f]{8}$/),
        key: 'P-384',
        keyFile: 'present',
      },
      {
        subject: expect.stringMatching(/^O=Acme Ltd, CN=Acme Ltd Root [\da-f]{8}$/),
        key: 'P-384',
        keyFile: 'present',
      },
    ]);
    expect(warnings).toEqual([]);
    await shop.done(['export', '--der', '--out', 'issuing.cer']);
    const read = shop.openssl(
      'x509',
      '-inform',
      'DER',
      '-in',
      'issuing.cer',
      '-noout',
      '-fingerprint',
      '-sha256',
    );
    const [, fingerprint] = read.trim().split('=');
    expect(fingerprint!.replaceAll(':', '').toLowerCase()).toBe(current[0]!.fingerprint);
    expect(await shop.done(['show'])).toContain(`SHA-256    ${fingerprint}`);
  });

  it('keeps its keys encrypted, and neither they nor the passphrase are printed', async () => {
    const keys = readdirSync(shop.file('authority/keys'));
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(readFileSync(shop.file(`authority/keys/${key}`), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
      expect(statSync(shop.file(`authority/keys/${key}`)).mode & 0o777).toBe(0o600);
    }
    const { stdout, stderr } = await shop.ca(['show']);
    expect(stdout + stderr).not.toMatch(/PRIVATE KEY|the passphrase/);
    const wrong = await shop.ca(['sign', '--machine', 'gateway-2', 'gateway-2.csr'], {
      env: { MG_PROVISION_AUTHORITY_PASSPHRASE: 'guessed' },
    });
    expect(wrong).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*passphrase.*\nmore: provision explain \w+\n$/),
    });
    expect(wrong.stderr).not.toContain('guessed');
  });

  it('is not made a second time over the first', async () => {
    const before = readFileSync(shop.file('authority/trust-anchors.json'), 'utf8');
    expect(await shop.ca(['create'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: .*already; .*provision ca succeed\nmore: provision explain \w+\n$/,
      ),
    });
    expect(readFileSync(shop.file('authority/trust-anchors.json'), 'utf8')).toBe(before);
  });

  it('warns of a key that others can read, and does not use it', async () => {
    const keys = readdirSync(shop.file('authority/keys')).map((key) => shop.file(`authority/keys/${key}`));
    for (const key of keys) chmodSync(key, 0o644);
    const { stdout, stderr } = await shop.ca(['show']);
    const signing = await shop.ca(['sign', '--machine', 'gateway-2', 'gateway-2.csr']);
    for (const key of keys) chmodSync(key, 0o600);
    expect(signing).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('others than its owner may read'),
    });
    expect(stdout).toContain('other users can read it');
    expect(stderr.match(/^warning: .*other users can read or change this key/gm)).toHaveLength(2);
  });
});

describe('certificates signed by hand', () => {
  it('pass openssl with their chain, for clients only', () => {
    const purpose = ['-purpose', 'sslclient', '-x509_strict', '-CAfile', 'trust.pem'];
    expect(shop.verify(...purpose, 'gateway-1.pem')).toEqual({ code: 0, text: 'gateway-1.pem: OK\n' });
    expect(shop.verify('-purpose', 'sslserver', '-CAfile', 'trust.pem', 'gateway-1.pem').code).not.toBe(0);
    expect(readFileSync(shop.file('gateway-1.pem'), 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
  });

  it('come from standard input as well, with a shorter life, and as JSON', async () => {
    const input = readFileSync(shop.file('gateway-2.csr'), 'utf8');
    const signed = await shop.json<{ certificate: string; serial: string; notAfter: string; chain: string }>(
      ['sign', '--machine', 'gateway-2', '--lifetime', '2h'],
      { input },
    );
    shop.write('gateway-2.pem', signed.certificate);
    expect(serialIn('gateway-2.pem').toLowerCase()).toBe(signed.serial);
    expect(Date.parse(signed.notAfter) - Date.now()).toBeLessThan(2 * 3600e3);
    expect(signed.chain).toContain('BEGIN CERTIFICATE');
  });

  it('are refused for a request of another machine, or what is no request', async () => {
    expect(await shop.ca(['sign', '--machine', 'gateway-9', 'gateway-1.csr'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*common name.*\nmore: provision explain \w+\n$/),
    });
    expect(await shop.ca(['sign', '--machine', 'gateway-9'], { input: 'x'.repeat(1e6) })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: [^\n]*\nmore: provision explain \w+\n$/),
    });
    expect(await shop.ca(['sign', '--machine', 'gateway-9', 'no-such.csr'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: [^\n]*no-such\.csr'\n$/),
    });
    const listed = await shop.json<Listed[]>(['list', '--machine', 'gateway-9']);
    expect(listed).toEqual([]);
  });

  it('are listed by machine, state and expiry', async () => {
    const serials = async (...filter: string[]) =>
      (await shop.json<Listed[]>(['list', ...filter])).map(({ machine }) => machine);
    expect(await serials()).toEqual(['gateway-1', 'gateway-2']);
    expect(await serials('--expires-before', '48h')).toEqual(['gateway-2']);
    expect(await serials('--expires-before', '2001-01-01')).toEqual([]);
    expect(await serials('--state', 'revoked')).toEqual([]);
    const table = (await shop.done(['list', '--machine', 'gateway-1'])).trimEnd().split('\n');
    expect(table[0]).toMatch(/^SERIAL +MACHINE +STATE +EXPIRES +PROFILE$/);
    expect(table.slice(1)).toEqual([
      expect.stringMatching(
        new RegExp(`^${serialIn('gateway-1.pem').toLowerCase()}  gateway-1 +signed +\\d{4}-`),
      ),
    ]);
  });

  it('are on the CRL once revoked, and openssl then refuses them', async () => {
    shop.write('gateway-3.pem', await shop.done(['sign', '--machine', 'gateway-3', 'gateway-3.csr']));
    const check = (file: string) =>
      shop.verify('-crl_check', '-CRLfile', 'crl.pem', '-CAfile', 'trust.pem', file);
    await shop.done(['crl', '--out', 'crl.pem']);
    expect(check('gateway-3.pem').code).toBe(0);
    const serial = serialIn('gateway-3.pem').match(/../g)!.join(':');
    await shop.done(['revoke', serial, '--reason', 'keyCompromise']);
    await shop.done(['crl', '--out', 'crl.pem']);
    expect(check('gateway-3.pem')).toMatchObject({ text: expect.stringContaining('certificate revoked') });
    expect(check('gateway-1.pem').code).toBe(0);
    expect(shop.openssl('crl', '-in', 'crl.pem', '-noout', '-text')).toContain('Key Compromise');
    // The first reason stays.
    expect(await shop.json(['revoke', serial, '--reason', 'superseded'])).toMatchObject({
      machine: 'gateway-3',
      reason: 'keyCompromise',
      changed: false,
    });
    expect(await shop.ca(['revoke', '05'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('on record'),
    });
  });
});

describe('verify-log', () => {
  it('finds a row that someone changed, and an end that was cut off', async () => {
    const intact = await shop.json<{
      intact: boolean;
      head: { seq: number; hash: string };
      signedHead: string;
    }>(['verify-log']);
    expect(intact).toMatchObject({ intact: true, head: { seq: 7 } });
    const { seq, hash } = intact.head;
    expect((await shop.ca(['verify-log', '--head', `${seq}:${hash}`])).code).toBe(0);
    shop.write('service.log', `{"msg":"issuance log head","head":"${intact.signedHead}"}\nanother line\n`);
    expect(await shop.json(['verify-log', '--heads', 'service.log'])).toMatchObject({
      intact: true,
      heads: 1,
    });
    const forged = intact.signedHead.replace(hash, 'ab'.repeat(32));
    expect(await shop.ca(['verify-log', '--head', forged])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^broken at entry 7: .*signature is not from that authority/),
    });
    expect((await shop.ca(['verify-log', '--head', `${seq + 1}:${hash}`])).code).toBe(1);

    const serial = serialIn('gateway-3.pem').toLowerCase();
    const database = new DatabaseSync(shop.file('provision.db'));
    const change = database.prepare('update certificates set revocation_reason = ? where serial = ?');
    expect(change.run('superseded', serial).changes).toBe(1);
    expect(await shop.ca(['verify-log'])).toEqual({
      code: 1,
      stdout: `broken at entry 7: the record of ${serial} was changed\n`,
      stderr: '',
    });
    change.run('keyCompromise', serial);
    database.close();
    expect((await shop.ca(['verify-log'])).code).toBe(0);
  });
});

describe('the command line', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['nonsense'], 'see: provision ca --help'],
    [['sign'], 'give either --machine <id>, or --server with a --name <name>'],
    [['create', '--root-lifetime', '10y'], 'such as 2160h'],
    [['create', '--algorithm', 'DSA'], 'P-256, P-384, RSA-3072, Ed25519'],
    [['revoke', '05', '--reason', 'boredom'], 'keyCompromise'],
    [['list', '--expires-before', 'soon'], 'such as 2027-01-31'],
    [['sign', '--machine', 'm', '--passphrase', 'x'], "unknown option '--passphrase'"],
  ])('answers wrong usage with 2: %j', async (args, said) => {
    expect(await shop.ca(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
  });

  it('needs no certificate of the service: it may be the one that issues it', async () => {
    const env = { MG_PROVISION_SERVER_CERT: 'tls.pem', MG_PROVISION_SERVER_KEY: 'tls.key' };
    expect(await shop.ca(['show'], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what is wrong with the configuration', async () => {
    const { code, stderr } = await shop.ca(['show'], { env: { MG_PROVISION_AUTHORITY_ALGORITHM: 'DSA' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*MG_PROVISION_AUTHORITY_ALGORITHM/);
  });
});
