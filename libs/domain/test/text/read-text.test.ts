import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readLine, readText } from '../../src/index.js';

const refused = (code: string, details?: object) =>
  expect.objectContaining({ kind: 'invalid', code, ...(details && { details }) });

const utf16 = (text: string, order: 'le' | 'be'): Buffer => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

const codeOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};

describe('readText', () => {
  it.each([
    ['LF', 'a\nb\n', 'a\nb\n'],
    ['CRLF', 'a\r\nb\r\n', 'a\nb\n'],
    ['CR alone', 'a\rb\r', 'a\nb\n'],
    ['a mixture', 'a\r\n\r\rb\n', 'a\n\n\nb\n'],
    ['no end of the last line', 'a\r\nb', 'a\nb'],
    ['nothing', '', ''],
    ['blanks and letters of every kind', ' é\t漢 😀\u2028 ', ' é\t漢 😀\u2028 '],
  ])('gives %s with LF, as bytes and as a string', (_, text, read) => {
    expect(readText(text)).toBe(read);
    expect(readText(Buffer.from(text))).toBe(read);
  });

  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFa = "é"\r\n')],
    ['UTF-16, little end first', utf16('a = "é"\r\n', 'le')],
    ['UTF-16, big end first', utf16('a = "é"\r\n', 'be')],
  ])('decodes %s', (_, bytes) => expect(readText(bytes)).toBe('a = "é"\n'));

  it('takes one byte order mark off, and only at the beginning', () => {
    expect(readText('\uFEFFa\uFEFF')).toBe('a\uFEFF');
    expect(readText(Buffer.from('\uFEFFa\uFEFF'))).toBe('a\uFEFF');
  });

  it('is the same for a string and its UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\r', '\n', ' ', 'é', '😀', '\uFFFD') }), (text) => {
        expect(readText(Buffer.from(text))).toBe(readText(text));
        expect(readText(text)).not.toContain('\r');
      }),
    );
  });

  it.each([
    ['Latin-1', Buffer.from('name = "x"\r\nkey = "M\xfcller"\r\n', 'latin1'), 2, 9],
    ['a character cut in two', Buffer.from('é').subarray(0, 1), 1, 1],
    ['an overlong form', Buffer.of(0x61, 0xc0, 0x80), 1, 2],
    ['a surrogate', Buffer.of(0x0a, 0xed, 0xa0, 0x80), 2, 1],
    [
      'an octet behind genuine replacement characters',
      Buffer.concat([Buffer.from('\uFFFDx\uFFFD'), Buffer.of(0xff)]),
      1,
      4,
    ],
  ])('refuses %s, and says where', (_, bytes, line, column) => {
    expect(codeOf(() => readText(bytes))).toEqual(refused('text_encoding', { line, column }));
    expect(codeOf(() => readText(bytes))).toHaveProperty(
      'message',
      `The text cannot be read (line ${line}, column ${column}): it is not UTF-8; save it as UTF-8.`,
    );
  });

  it.each([
    ['UTF-32', Buffer.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), 'it is UTF-32'],
    ['UTF-32, big end first', Buffer.of(0, 0, 0xfe, 0xff, 0, 0, 0, 0x61), 'it is UTF-32'],
    ['half a UTF-16 unit', utf16('ab', 'le').subarray(0, -1), 'it begins as UTF-16, and is broken'],
    ['half a surrogate pair', utf16('😀', 'be').subarray(0, -2), 'it begins as UTF-16, and is broken'],
  ])('refuses %s by its name', (_, bytes, reason) => {
    expect(codeOf(() => readText(bytes))).toEqual(refused('text_encoding'));
    expect(codeOf(() => readText(bytes))).toHaveProperty('message', expect.stringContaining(reason));
  });

  it.each([
    ['a NUL', Buffer.from('a\nb\0c'), { line: 2, column: 2 }],
    ['a NUL in a string', 'a\nb\0c', { line: 2, column: 2 }],
    ['UTF-16 that nothing announces', Buffer.from('ab', 'utf16le'), { line: 1, column: 2 }],
  ])('refuses %s, and says where', (_, raw, place) =>
    expect(codeOf(() => readText(raw))).toEqual(refused('text_nul', place)),
  );
});

describe('readLine', () => {
  it.each(['1234', '1234\n', '1234\r\n', '1234\r', '\uFEFF1234\r\n\r\n', '1 2 3\n'])('reads %j', (text) =>
    expect(readLine(Buffer.from(text))).toBe(text.replaceAll(/[\uFEFF\r\n]/g, '')),
  );

  it('reads nothing out of an empty file', () => expect(readLine('\n')).toBe(''));

  it.each([
    ['two lines', '1234\n5678\n', 'text_lines'],
    ['a line before', '\n1234', 'text_lines'],
    ['a blank behind', '1234 \n', 'text_blanks'],
    ['a blank before', '\t1234\n', 'text_blanks'],
    ['a no-break space', '1234\u00A0', 'text_blanks'],
  ])('refuses %s without showing any of it', (_, text, code) => {
    expect(codeOf(() => readLine(text))).toEqual(refused(code));
    expect(codeOf(() => readLine(text))).toHaveProperty('message', expect.not.stringContaining('1234'));
  });
});
