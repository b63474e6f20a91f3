import { afterAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { readCertificateBundle, readCertificates, readCsr, readPrivateKey } from '../../src/index.js';
import { Openssl } from '@org/test-support';

const openssl = new Openssl();
afterAll(() => openssl.close());

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const RSA = ['-newkey', 'rsa:2048'];

openssl.write(
  'teletex.cnf',
  `[req]
prompt = no
string_mask = default
utf8 = yes
distinguished_name = name
[name]
O = Müller GmbH
x500UniqueIdentifier = unit-7
CN = machine-1
`,
);

/** A request of openssl's, PEM. */
const request = (...args: string[]): Buffer =>
  openssl.output('req', '-new', '-nodes', '-keyout', 'last.key', ...args);
const simple = (...args: string[]): Buffer => request('-subj', '/CN=machine-1', ...args);
const messageOf = (input: string | Uint8Array): string => {
  try {
    readCsr(input);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};

const good = simple(...P256);
const key = openssl.read('last.key');
openssl.write('good.csr', good);
openssl.write('good.key', key);
openssl.output('req', '-x509', '-in', 'good.csr', '-key', 'good.key', '-days', '9', '-out', 'good.crt');

describe('a request made by openssl', () => {
  it('is read whatever the subject is made of', () => {
    const csr = request(...P256, '-config', 'teletex.cnf');
    expect(openssl.run('req', '-in', openssl.write('teletex.csr', csr), '-noout', '-verify').ok).toBe(true);
    // TeletexString, as the mask says, and not UTF-8.
    expect(readCsr(csr).der.includes(Buffer.from('\x14\x0bM\xfcller GmbH', 'latin1'))).toBe(true);
    expect(readCsr(csr).subject.map(({ value }) => value)).toEqual([
      'Müller GmbH',
      expect.stringMatching(/^(?:unit-7|#03.*)$/),
      'machine-1',
    ]);
  });

  const same = (input: string | Uint8Array) =>
    expect(readCsr(input).der.equals(readCsr(good).der)).toBe(true);
  const text = good.toString();

  it.each([
    ['with its text before it', openssl.output('req', '-in', 'good.csr', '-text')],
    ['with the old label', openssl.output('req', '-in', 'good.csr', '-newhdr')],
    ['in DER', openssl.output('req', '-in', 'good.csr', '-outform', 'DER')],
    ['behind a certificate', Buffer.concat([openssl.read('good.crt'), good])],
    ['behind text that begins as DER does', Buffer.from(`0 is the first line\n${text}`)],
  ])('is read %s', (_, input) => same(input));

  it.each([
    ['a blank behind every line', text.replaceAll('\n', ' \n')],
    ['CR alone', text.replaceAll('\n', '\r')],
    ['indented', text.replaceAll(/^/gm, '    ')],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('is read where openssl or a text editor has left %s', (_, input) => same(input));
});

describe('what is refused of openssl’s requests is called by its name', () => {
  const RSA_WANTED = 'RSA PKCS#1 v1.5 (not PSS) with SHA-256, SHA-384 or SHA-512.';
  const EC_WANTED = 'ECDSA with SHA-256, SHA-384 or SHA-512.';
  const KEYS = 'it must be P-256 or P-384 (named curve, uncompressed), Ed25519 or RSA (rsaEncryption).';

  it.each([
    [
      'a PSS signature',
      () => simple(...RSA, '-sha256', '-sigopt', 'rsa_padding_mode:pss'),
      `The request is signed with RSASSA-PSS; with its RSA key it must be signed with ${RSA_WANTED}`,
    ],
    [
      'RSA with SHA-1',
      () => simple(...RSA, '-sha1'),
      `The request is signed with RSA with SHA-1; with its RSA key it must be signed with ${RSA_WANTED}`,
    ],
    [
      'RSA with SHA3-256',
      () => simple(...RSA, '-sha3-256'),
      `The request is signed with RSA with SHA3-256; with its RSA key it must be signed with ${RSA_WANTED}`,
    ],
    [
      'ECDSA with SHA-224',
      () => simple(...P256, '-sha224'),
      `The request is signed with ECDSA with SHA-224; with its P-256 key it must be signed with ${EC_WANTED}`,
    ],
    [
      'a key for PSS alone',
      () => simple('-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'),
      `The key is of the kind RSASSA-PSS; ${KEYS}`,
    ],
    [
      'P-521',
      () => simple('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'),
      `The key is on the curve P-521; ${KEYS}`,
    ],
    [
      'explicit parameters',
      () => simple(...P256, '-pkeyopt', 'ec_param_enc:explicit'),
      `The key has explicit curve parameters instead of a named curve; ${KEYS}`,
    ],
    ['Ed448', () => simple('-newkey', 'ed448'), `The key is of the kind Ed448; ${KEYS}`],
    ['1024 bits', () => simple('-newkey', 'rsa:1024'), 'RSA keys must have 2048 to 4096 bits.'],
    [
      'a small exponent',
      () => simple(...RSA, '-pkeyopt', 'rsa_keygen_pubexp:3'),
      'RSA keys must have the public exponent 65537.',
    ],
    [
      'a certificate',
      () => openssl.read('good.crt'),
      'There must be one PEM block CERTIFICATE REQUEST; there is CERTIFICATE.',
    ],
    [
      'the private key',
      () => Buffer.concat([key, good]),
      'There is a private key beside the request. Send the request alone, and make a new key: this one is no longer secret.',
    ],
    [
      'two requests',
      () => Buffer.concat([good, good]),
      'There must be one PEM block CERTIFICATE REQUEST; there is CERTIFICATE REQUEST, CERTIFICATE REQUEST.',
    ],
    [
      'a damaged block',
      () => Buffer.from(good.toString().replace('\nMI', '\nM')),
      'This is not a certificate request in PEM or DER form: The base64 in the PEM block "CERTIFICATE REQUEST" is cut short or damaged.',
    ],
    [
      'DER that ends early',
      () => openssl.output('req', '-in', 'good.csr', '-outform', 'DER').subarray(0, -9),
      'The certificate request is malformed: it is cut short.',
    ],
    [
      'a changed request',
      () => {
        const der = openssl.output('req', '-in', 'good.csr', '-outform', 'DER');
        der[der.indexOf('machine-1')] = 'M'.charCodeAt(0);
        return der;
      },
      'The signature does not fit the request: it was made with another key than the one inside, or the request was changed.',
    ],
  ])('%s', (_, make, message) => expect(messageOf(make())).toBe(message));
});

describe('certificates and keys of openssl', () => {
  const [der] = readCertificates(openssl.read('good.crt'));

  it.each([
    ['with what they are trusted for', ['-trustout', '-addtrust', 'serverAuth', '-setalias', 'a name']],
    ['with their text', ['-text']],
    ['in DER', ['-outform', 'DER']],
  ])('are read %s', (_, args) => {
    const written = openssl.output('x509', '-in', 'good.crt', ...args);
    expect(readCertificates(written)).toEqual([der]);
    expect(readCertificateBundle(written)).toHaveLength(1);
  });

  it('are read with the label X509 CERTIFICATE and blanks behind every line', () => {
    const old = openssl
      .read('good.crt')
      .toString()
      .replaceAll(' CERT', ' X509 CERT')
      .replaceAll('\n', ' \r\n');
    expect(readCertificates(old)).toEqual([der]);
  });

  it('are told from other blocks by name', () => {
    expect(() => readCertificates(good)).toThrow(
      'There is no CERTIFICATE block in this PEM text, only CERTIFICATE REQUEST.',
    );
    expect(() => readPrivateKey(good)).toThrow(
      'There is no private key in this PEM text, only CERTIFICATE REQUEST.',
    );
  });

  it('have keys that are read behind their parameters, with blanks, and encrypted in the older way', () => {
    openssl.output('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'with-parameters.key');
    const both = openssl.read('with-parameters.key');
    expect(both.toString()).toContain('BEGIN EC PARAMETERS');
    for (const text of [
      both.toString(),
      both.toString().replaceAll('\n', ' \r\n'),
      both.toString().replaceAll('\n', '\r'),
    ])
      expect(readPrivateKey(text).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });

  it('have keys whose encryption may be too old, which is not a matter of the passphrase', () => {
    const providers = ['-provider', 'legacy', '-provider', 'default'];
    const encrypted = openssl.output(
      ...['pkcs8', '-topk8', '-in', 'good.key', '-v1', 'PBE-MD5-DES', '-passout', 'pass:abc', ...providers],
    );
    expect(() => readPrivateKey(encrypted)).toThrow(
      'This private key is encrypted, and no passphrase was given.',
    );
    expect(codeOf(() => readPrivateKey(encrypted, new Secret('abc')))).toBe('key_cipher_unsupported');
  });
});

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
}
