import { describe, expect, it } from '@jest/globals';
import { parseSerial, readCertificates, toPem } from '../src/index.js';
import { invalidError } from '@org/test-support/errors';

describe('readCertificates', () => {
  it('finds the certificates among other blocks', () => {
    const text = toPem('PRIVATE KEY', Buffer.of(1)) + toPem('CERTIFICATE', Buffer.of(2));
    expect(readCertificates(text)).toEqual([Buffer.of(2)]);
    expect(readCertificates(Buffer.from(text))).toEqual([Buffer.of(2)]);
  });

  it.each([
    ['text without a block', 'x', 'pem_malformed'],
    ['other blocks', toPem('PRIVATE KEY', Buffer.of(1)), 'certificate_missing'],
    [
      'a trusted certificate that is cut short',
      toPem('TRUSTED CERTIFICATE', Buffer.of(0x30, 9)),
      'certificate_malformed',
    ],
  ])('refuses %s', (_, text, code) => expect(() => readCertificates(text)).toThrow(invalidError(code)));
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
