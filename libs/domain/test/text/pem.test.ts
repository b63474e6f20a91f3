import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PemBlock, isCertificate, isDer, readPem, toPem } from '../../src/index.js';

const DER = Buffer.from(Array.from({ length: 150 }, (_, at) => at));
const PLAIN = toPem('CERTIFICATE', DER);
const BLOCK: PemBlock = { label: 'CERTIFICATE', der: DER };

const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ kind: 'invalid', code, message: expect.stringMatching(message) });

const thrownBy = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};

const eachLine = (edit: (line: string) => string): string => PLAIN.trimEnd().split('\n').map(edit).join('\n');

describe('readPem', () => {
  it('reads back what was written, blocks in their order and text around them ignored', () => {
    const block = fc.record({
      label: fc.constantFrom('CERTIFICATE', 'PRIVATE KEY', 'X509 CRL'),
      der: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((each) => Buffer.from(each)),
    });
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', 'subject=CN = x\n', '\r\n', '# -- Müller: 1 --\n'),
        fc.constantFrom('\n', '\r\n', '\r'),
        (blocks, between, lineEnd) => {
          const text = blocks.map((each) => between + toPem(each.label, each.der)).join('');
          expect(readPem(text.replaceAll('\n', lineEnd))).toEqual(blocks);
        },
      ),
    );
  });

  it.each([
    ['blanks at the end of every line', eachLine((line) => `${line} \t`)],
    ['blanks at the beginning of every line, as YAML indents', eachLine((line) => `  ${line}`)],
    ['empty lines inside', eachLine((line) => `${line}\n`)],
    ['a byte order mark', `\uFEFF${PLAIN}`],
    ['no end of the last line', PLAIN.trimEnd()],
    ['everything in one line, as a shell joins it', PLAIN.replaceAll('\n', ' ')],
    [
      'headers before the content',
      PLAIN.replace('-----\n', '-----\nX-Made-By: a-tool 1-2\nMore: 1\n  2\n\n'),
    ],
    ['its content in one line', toPem('CERTIFICATE', DER).replaceAll(/(?<=[\w+/]{64})\n/g, '')],
  ])('reads a block with %s', (_, text) => {
    expect(readPem(text)).toMatchObject([BLOCK]);
    expect(readPem(Buffer.from(text))).toMatchObject([BLOCK]);
  });

  it.each([
    ['UTF-16, as PowerShell writes it', Buffer.from(`\uFEFF${PLAIN}`, 'utf16le')],
    ['a Latin-1 text around it', Buffer.from(`subject=O = M\xfcller\n${PLAIN}`, 'latin1')],
    ['a NUL in the text around it', Buffer.from(`\0\n${PLAIN}`)],
  ])('reads bytes with %s', (_, bytes) => expect(readPem(bytes)).toEqual([BLOCK]));

  it('keeps the headers of an encrypted key, which it cannot be opened without', () => {
    const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF';
    const text = toPem('RSA PRIVATE KEY', DER, headers);
    expect(readPem(text)).toEqual([{ label: 'RSA PRIVATE KEY', der: DER, headers }]);
    expect(readPem(text.replaceAll('\n', ' \r\n'))).toEqual([
      { label: 'RSA PRIVATE KEY', der: DER, headers },
    ]);
  });

  it.each([
    ['', /There is no PEM block/],
    ['x', /There is no PEM block/],
    ['----BEGIN A----\nAAAA\n----END A----', /There is no PEM block/],
    ['-----BEGIN A-----\n', /"A" does not end with -----END A-----/],
    ['-----BEGIN A-----\nAAAA\n-----END B-----', /"A" does not end with -----END A-----/],
    ['-----BEGIN A-----\nAAAA\n-----BEGIN B-----\nAAAA\n-----END B-----', /"A" does not end/],
    [`${PLAIN}-----BEGIN A-----\nAAAA`, /"A" does not end/],
    ['-----BEGIN A-----\nA(AA\n-----END A-----', /"A" is not base64/],
    ['-----BEGIN A-----\nAAA\u00A0A\n-----END A-----', /"A" is not base64/],
    ['-----BEGIN A-----\n-----END A-----', /"A" is not base64/],
    ['-----BEGIN A-----\nX: 1\nAAAA\n-----END A-----', /"A" is not base64/],
    ['-----BEGIN A-----\nAA\n-----END A-----', /"A" is cut short or damaged/],
    ['-----BEGIN A-----\nAAF=\n-----END A-----', /"A" is cut short or damaged/],
    ['-----BEGIN A-----\nAAAA\nAA==\nAAAA\n-----END A-----', /"A" is not base64/],
  ])('refuses %j with what is wrong', (text, message) =>
    expect(thrownBy(() => readPem(text))).toEqual(refused('pem_malformed', message)),
  );

  it('has a limit for blocks and for the whole text', () => {
    expect(readPem(PLAIN.repeat(1024))).toHaveLength(1024);
    expect(thrownBy(() => readPem(PLAIN.repeat(1025)))).toEqual(refused('pem_too_large', /1024 blocks/));
    expect(thrownBy(() => readPem(Buffer.alloc(4 * 1024 * 1024 + 1, 'a')))).toEqual(
      refused('pem_too_large', /4194304 characters/),
    );
  });

  it('costs no more than its length where a megabyte leads nowhere', () => {
    const before = process.cpuUsage();
    for (const text of [
      '-----BEGIN A-----\n'.repeat(60_000),
      `-----BEGIN A-----\n${'A'.repeat(1 << 20)}`,
      `-----BEGIN A-----\n:${' '.repeat(1 << 20)}-----END A-----`,
      `-----BEGIN A-----\n:${'\n '.repeat(1 << 19)}x-----END A-----`,
      `-----BEGIN A-----\n${' \n:'.repeat(1 << 18)}-----END A-----`,
      '-'.repeat(1 << 20),
    ]) {
      expect(thrownBy(() => readPem(text))).toEqual(refused('pem_malformed', /./));
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(2);
  });
});

describe('toPem', () => {
  it('has 64 columns and a final newline', () => {
    expect(toPem('CERTIFICATE', Buffer.alloc(100))).toMatch(
      /^-----BEGIN CERTIFICATE-----\n.{64}\n.{64}\n.{8}\n-----END CERTIFICATE-----\n$/,
    );
  });
});

describe('what a block or octets are', () => {
  it.each(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])('%s is a certificate', (label) =>
    expect(isCertificate({ label, der: DER })).toBe(true),
  );
  it.each(['CERTIFICATE REQUEST', 'X509 CRL', 'PKCS7'])('%s is none', (label) =>
    expect(isCertificate({ label, der: DER })).toBe(false),
  );
  it.each([
    ['a short SEQUENCE', Buffer.of(0x30, 0x01, 0x00), true],
    ['a long SEQUENCE', Buffer.of(0x30, 0x82, 0x01, 0x00), true],
    ['text that begins with the digit 0', Buffer.from('0 s:CN=x\n'), false],
    ['other text', Buffer.from(PLAIN), false],
    ['nothing', Buffer.of(), false],
  ])('%s', (_, bytes, isOne) => expect(isDer(bytes)).toBe(isOne));
});
