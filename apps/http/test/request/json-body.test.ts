import { describe, expect, it } from '@jest/globals';
import { HttpFailure } from '../../src/errors/http-failure.js';
import { parseJsonBody } from '../../src/request/json-body.js';

const parse = (body: Buffer) => parseJsonBody({ headers: { 'content-type': 'application/json' }, body });

describe('the text of a JSON body', () => {
  it.each([
    ['plain', '{"name":"Müller \ufffd"}'],
    ['with a byte order mark', '\ufeff{"name":"Müller \ufffd"}'],
    ['with Windows line ends', '{\r\n"name":"Müller \ufffd"\r\n}\r\n'],
  ])('is read as UTF-8: %s', (_, text) =>
    expect(parse(Buffer.from(text))).toEqual({ name: 'Müller \ufffd' }),
  );

  // Two external ids that differ in such a letter would become one.
  it.each([
    ['Latin-1', Buffer.from('{"name":"M\xfcller"}', 'latin1')],
    ['UTF-16', Buffer.from('\ufeff{"name":"x"}', 'utf16le')],
  ])('is refused and not changed: %s', (_, body) => {
    expect(() => parse(body)).toThrow(HttpFailure);
    expect(() => parse(body)).toThrow('the request body must be JSON in UTF-8');
  });
});
