import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSerial, readCertificates, readPem, toPem } from '../src/index.js';
import { invalidError } from './support/errors.js';

describe('PEM', () => {
  it('is read back as it was written, blocks in their order and text around them ignored', () => {
    const label = fc.constantFrom('CERTIFICATE', 'PRIVATE KEY', 'X509 CRL');
    const block = fc.record({
      label,
      der: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((each) => Buffer.from(each)),
    });
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', 'subject=CN = x\n', '\r\n'),
        (blocks, between) => {
          const text = blocks.map((each) => between + toPem(each.label, each.der)).join('');
          expect(readPem(text)).toEqual(blocks);
          expect(readPem(text.replaceAll('\n', '\r\n'))).toEqual(blocks);
        },
      ),
    );
  });

  it('has 64 columns and a final newline', () => {
    expect(toPem('CERTIFICATE', Buffer.alloc(100))).toMatch(
      /^-----BEGIN CERTIFICATE-----\n.{64}\n.{64}\n.{8}\n-----END CERTIFICATE-----\n$/,
    );
  });

  it.each([
    '',
    'x',
    '-----BEGIN A-----\n',
    '-----BEGIN A-----\nAA\n-----END A-----',
    '-----BEGIN A-----\nAAAA\n-----END B-----',
  ])('refuses %p', (text) => expect(() => readPem(text)).toThrow(invalidError('pem_malformed')));

  it('finds the certificates among other blocks', () => {
    const text = toPem('PRIVATE KEY', Buffer.of(1)) + toPem('CERTIFICATE', Buffer.of(2));
    expect(readCertificates(text)).toEqual([Buffer.of(2)]);
    expect(readCertificates(Buffer.from(text))).toEqual([Buffer.of(2)]);
  });

  it('takes no time over a megabyte that leads nowhere', () => {
    const started = performance.now();
    for (const text of [
      '-----BEGIN A-----\n'.repeat(60_000),
      `-----BEGIN A-----\n${'A'.repeat(1 << 20)}`,
      '-'.repeat(1 << 20),
    ]) {
      expect(() => readPem(text)).toThrow(invalidError('pem_malformed'));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('parseSerial', () => {
  it.each([
    ['01AB', '01ab'],
    ['01:ab:CD', '01abcd'],
    ['0x1ab', '01ab'],
    ['00ff', 'ff'],
    ['0', '00'],
    [' 4a 1f ', '4a1f'],
  ])('reads %p', (text, serial) => expect(parseSerial(text)).toBe(serial));

  it.each(['', 'xyz', '-1', 'f'.repeat(43)])('refuses %p', (text) =>
    expect(() => parseSerial(text)).toThrow(invalidError('serial_malformed')),
  );
});
