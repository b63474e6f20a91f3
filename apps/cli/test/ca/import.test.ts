import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { PRINTABLE } from '@org/domain';
import { Workshop } from '../workshop.js';

const PASSPHRASE = 'of the imported key';

let shop: Workshop;
beforeAll(() => {
  shop = new Workshop();
  const key = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', name];
  shop.openssl(
    'req',
    '-x509',
    ...key('root.key'),
    '-nodes',
    '-days',
    '30',
    '-subj',
    '/O=Old/CN=Old Root',
    '-out',
    'root.pem',
  );
  shop.write(
    'ca.ext',
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
  );
  shop.openssl(
    'req',
    '-new',
    ...key('issuing.key'),
    '-passout',
    `pass:${PASSPHRASE}`,
    '-subj',
    '/O=Old/CN=Legacy Devices',
    '-out',
    'issuing.csr',
  );
  const sign = (days: string, out: string) =>
    shop.openssl(
      'x509',
      '-req',
      '-in',
      'issuing.csr',
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-CAcreateserial',
      '-extfile',
      'ca.ext',
      '-days',
      days,
      '-out',
      out,
    );
  sign('20', 'issuing.pem');
  sign('-1', 'expired.pem');
  const read = (name: string) => readFileSync(shop.file(name), 'utf8');
  shop.write('chain.pem', read('root.pem') + read('issuing.pem'));
  shop.write('expired-chain.pem', read('expired.pem') + read('root.pem'));
  for (const name of ['root.key', 'issuing.key']) chmodSync(shop.file(name), 0o600);
});
afterAll(() => shop.close());

const importing = (certificate: string, key: string, passphrase = PASSPHRASE) =>
  shop.ca(['import', '--certificate', certificate, '--key', key], {
    env: {
      MG_PROVISION_AUTHORITY_KEY_PASSPHRASE: passphrase,
      MG_PROVISION_AUTHORITY_PASSPHRASE: 'of the folder',
    },
  });

describe('provision ca import', () => {
  it.each([
    [
      'a wrong passphrase',
      ['chain.pem', 'issuing.key', 'guessed'],
      /issuing\.key: .*passphrase does not open.*MG_PROVISION/,
    ],
    [
      'no passphrase',
      ['chain.pem', 'issuing.key', ''],
      /issuing\.key: .*encrypted.*MG_PROVISION_AUTHORITY_KEY_PASSPHRASE/,
    ],
    [
      'an expired authority',
      ['expired-chain.pem', 'issuing.key'],
      /expired-chain\.pem: .*expired.* to 20\d\d-/,
    ],
    ['a key of another certificate', ['issuing.pem', 'root.key'], /issuing\.pem: .*does not belong/],
    ['a chain without its root', ['issuing.pem', 'issuing.key'], /issuing\.pem: .*up to the root/],
    ['a request for a certificate', ['issuing.csr', 'issuing.key'], /issuing\.csr: .*no CERTIFICATE/],
    ['a certificate for a key', ['chain.pem', 'chain.pem'], /chain\.pem: .*no private key/],
    ['a file that is not there', ['none.pem', 'issuing.key'], /.*none\.pem/],
  ] as const)(
    'refuses %s in one sentence, and leaves nothing behind',
    async (_name, [certificate, key, pass], said) => {
      const { code, stdout, stderr } = await importing(certificate, key, pass);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^error: ${said.source}[^\n]*(\nmore: provision explain \\w+)?\n$`));
      expect(stderr).not.toContain('guessed');
      expect(existsSync(shop.file('authority'))).toBe(false);
    },
  );

  it('shows names that would command a terminal as text', async () => {
    const evil = '/O=Evil\u001b]0;owned\u0007/CN=Root\u009b2J\u202e';
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'evil.key'];
    shop.openssl('req', '-x509', ...key, '-utf8', '-days', '30', '-subj', evil, '-out', 'evil.pem');
    chmodSync(shop.file('evil.key'), 0o600);
    // An installation has one authority, and this is not the one of the other tests.
    const env = {
      MG_PROVISION_AUTHORITY_PATH: shop.file('evil'),
      MG_PROVISION_STATE_PATH: shop.file('evil.db'),
    };
    const args = ['import', '--certificate', 'evil.pem', '--key', 'evil.key'];
    const { code, stdout, stderr } = await shop.ca(args, { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Root(\\u009b|\\[^2]*)2J/);
    for (const text of [stdout, stderr]) expect(PRINTABLE.test(text.replaceAll('\n', ''))).toBe(true);
  });

  it('refuses a key that others can read', async () => {
    chmodSync(shop.file('issuing.key'), 0o644);
    const refused = await importing('chain.pem', 'issuing.key');
    chmodSync(shop.file('issuing.key'), 0o600);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/issuing\.key: other users can read.*chmod 600/),
    });
    expect(existsSync(shop.file('authority'))).toBe(false);
  });

  it('takes over an authority made by openssl, which then issues; its root stays where it was', async () => {
    const imported = await importing('chain.pem', 'issuing.key');
    expect(imported).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/issuing: O=Old, CN=Legacy Devices\n/),
    });
    expect(imported.stdout).toMatch(/root: O=Old, CN=Old Root\n[^]*not here/);
    // Twenty days are less than a device's certificate is to live.
    expect(imported.stderr).toMatch(/^warning: O=Old, CN=Legacy Devices: ends on /m);
    expect(imported.stdout + imported.stderr).not.toContain(PASSPHRASE);

    shop.request('gateway-1');
    const env = { MG_PROVISION_AUTHORITY_PASSPHRASE: 'of the folder' };
    shop.write(
      'gateway-1.pem',
      await shop.done(['sign', '--machine', 'gateway-1', 'gateway-1.csr'], { env }),
    );
    expect(shop.verify('-CAfile', 'root.pem', '-untrusted', 'gateway-1.pem', 'gateway-1.pem').code).toBe(0);

    expect(await importing('chain.pem', 'issuing.key')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already'),
    });
    expect(await shop.ca(['succeed'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("root's key"),
    });
  });
});
