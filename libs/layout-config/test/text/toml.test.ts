import { describe, expect, it, test } from '@jest/globals';
import { Report } from '@org/domain';
import { readToml } from '../../src/text/toml.js';
import { config, load, problems } from '../support.js';

function read(text: string | Uint8Array) {
  const report = new Report();
  const document = readToml({ path: 'config.toml', text }, report);
  return { value: JSON.parse(JSON.stringify(document.value)) as unknown, problems: report.problems };
}

const valueOf = (text: string | Uint8Array): unknown => {
  const { value, problems } = read(text);
  expect(problems).toEqual([]);
  return value;
};

const problemOf = (text: string | Uint8Array) => read(text).problems[0];

describe('a file of another system', () => {
  const text = '# where to listen\n[server]\nport = 9016 # the usual one\n# Ende: Müller';
  const asWritten = { server: { port: 9016 } };

  it.each([
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['CR alone', text.replaceAll('\n', '\r')],
    ['a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 of Windows', Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le')],
    ['tabs and blanks at the ends of lines', text.replaceAll('\n', ' \t\n')],
  ])('with %s is read as the plain one is', (_, other) => {
    expect(valueOf(text)).toEqual(asWritten);
    expect(valueOf(other)).toEqual(asWritten);
  });

  it('that is Latin-1 is refused where its first letter beyond ASCII stands', () => {
    expect(problemOf(Buffer.from(text, 'latin1'))).toEqual({
      key: '(syntax)',
      file: 'config.toml',
      line: 4,
      column: 10,
      message: 'The text cannot be read (line 4, column 10): it is not UTF-8; save it as UTF-8.',
      found: 'text that cannot be read',
      wanted: 'TOML (https://toml.io) in UTF-8',
    });
  });

  it('with line ends inside texts gives them as LF', () =>
    expect(valueOf('a = """\r\nx\r\ny\r\n"""\r\nb = \'\'\'\r\nz\r\n\'\'\'')).toEqual({
      a: 'x\ny\n',
      b: 'z\n',
    }));
});

describe('dates and times', () => {
  const FORMS = {
    '07:32:00': '07:32:00',
    '07:32:00.5': '07:32:00.5',
    '00:32:00.999999': '00:32:00.999999',
    '1979-05-27': '1979-05-27',
    '1979-05-27T07:32:00': '1979-05-27T07:32:00',
    '1979-05-27T07:32:00Z': '1979-05-27T07:32:00Z',
    '1979-05-27 07:32:00.123456-07:00': '1979-05-27T07:32:00.123456-07:00',
    '1979-05-27t07:32:00z': '1979-05-27T07:32:00Z',
  };

  it.each(Object.entries(FORMS))('%s is text as RFC 3339 writes it, wherever it stands', (written, text) => {
    for (const end of ['', '\n', ' # noon\n', '\nb = 1', '\r\nb = 1', '\n\n[t]\nb = 1'])
      expect(valueOf(`a = ${written}${end}`)).toMatchObject({ a: text });
    expect(valueOf(`a = [${written}, ${written}]`)).toEqual({ a: [text, text] });
    expect(valueOf(`a = [\n${written}, # one\n${written}\n]`)).toEqual({ a: [text, text] });
    expect(valueOf(`a = { b = ${written}, c = 1 }`)).toEqual({ a: { b: text, c: 1 } });
    expect(valueOf(`[[x]]\na = ${written}\n[[x]]\na = ${written}`)).toEqual({
      x: [{ a: text }, { a: text }],
    });
  });

  it.each(['1979-02-30', '1979-13-01', '25:00:00', '1979-05-27T24:00:00Z'])('%s is none', (written) =>
    expect(problemOf(`a = 1\nb = ${written}`)).toMatchObject({ line: 2, message: /invalid (?:date|time)/ }),
  );

  it('that only look so inside texts and comments are left alone', () =>
    expect(valueOf('a = "07:32:00" # 1979-05-27\n"1979-05-27" = 1\n1979-05-28 = 2')).toEqual({
      a: '07:32:00',
      '1979-05-27': 1,
      '1979-05-28': 2,
    }));
});

describe('values', () => {
  it.each([
    ['1_000', 1000],
    ['+17', 17],
    ['0xDEAD_beef', 0xdeadbeef],
    ['0o755', 0o755],
    ['0b1101', 13],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['6.626e-34', 6.626e-34],
    ['9_224.1', 9224.1],
    ['1e6', 1e6],
    ['"tab\\t \\u00e9 \\U0001F600"', 'tab\t é 😀'],
    ["'C:\\no\\escapes'", 'C:\\no\\escapes'],
    ['"""a\\\n   b"""', 'ab'],
    ['""""a""""', '"a"'],
    ['[[1, 2], ["a"]]', [[1, 2], ['a']]],
    ['{ b.c = 1, d = {} }', { b: { c: 1 }, d: {} }],
    ['[]', []],
  ])('%s', (written, value) => expect(valueOf(`a = ${written}`)).toEqual({ a: value }));

  it('under dotted, quoted and nested keys', () =>
    expect(
      valueOf('a.b.c = 1\na."b.d" = 2\n[x]\n[x.y.z]\nn = 3\n[x.y]\nm = 4\n[[l]]\n[l.m]\nk = 5\n[[l]]'),
    ).toEqual({ a: { b: { c: 1 }, 'b.d': 2 }, x: { y: { z: { n: 3 }, m: 4 } }, l: [{ m: { k: 5 } }, {}] }));

  it.each(['9007199254740993', '-9007199254740993', '9223372036854775807', '0x20000000000001', 'inf', 'nan'])(
    '%s, which JSON cannot hold, is refused and not changed',
    (written) => {
      expect(problemOf(`[t]\na = ${written}`)).toMatchObject({ key: 't.a', line: 2 });
    },
  );

  it('that only one of the parsers can read are refused with what to do', () =>
    expect(problemOf('a = 1\nb = 0e0')).toMatchObject({
      line: 2,
      message: expect.stringMatching(/not as this program can read it .*; write the value in another way/),
    }));

  it.each(['__proto__ = 1', '[a]\n"__proto__".b = 1', '[a.__proto__]\nb = 1', 'a = { __proto__.b = 1 }'])(
    '%j is refused, and reaches no other object',
    (text) => {
      expect(problemOf(text)).toMatchObject({ message: 'the key __proto__ cannot be used' });
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect('b' in {}).toBe(false);
    },
  );
});

describe('a syntax error', () => {
  it.each([
    ['a = 1\nb = 01', 2, 'Leading zeros are not allowed'],
    ['a = 1\na = 2', 2, 'Defining a key multiple times is invalid'],
    ['a = \n\n', 1, 'Unspecified values are invalid'],
    ['a = "x\nb = 2', 1, 'Unterminated string constant'],
    ['a 1', 1, 'Expected equal (=) token'],
    ['[a\n', 1, 'Unterminated table-key'],
    ['a = 1\n\u0001', 2, 'Unexpected character'],
    [`a = ${'['.repeat(100_000)}`, 1, expect.any(String)],
  ])('%#: is told with line and reason', (text, line, message) => {
    const problem = problemOf(text);
    expect(problem).toMatchObject({ key: '(syntax)', message });
    if (problem?.line !== undefined) expect(problem.line).toBe(line);
  });
});

test('a configuration with Windows line ends and comments is the same configuration', () => {
  const text =
    '[server]\nport = 1234 # ours\n[[clients]]\nname = "gw"\n[clients.metadata]\nexternal_id = "x"\nat = 07:32:00\n[[channels]]\nname = "c"\n';
  const windows = config(text.replaceAll('\n', '\r\n'));
  expect(JSON.stringify(windows)).toBe(JSON.stringify(config(text)));
  expect(windows.layout.clients[0]!.metadata).toEqual({ at: '07:32:00' });
  expect(load(text).ok).toBe(true);
  expect(problems(text)).toEqual([]);
});
