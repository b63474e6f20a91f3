import { describe, expect, it } from '@jest/globals';
import { PRINTABLE, formatProblem, printable, printableLines } from '../src/index.js';

/** What a terminal or a reader must not get: ESC and OSC, C1, bidi overrides and isolates, Unicode's line ends. */
const HOSTILE = 'a\u001b]0;owned\u0007\u009b2J\u007f\u202egnp.\u2066\u2028\ud800b';

describe('printable', () => {
  it('shows what would command or deceive, and leaves everything else', () => {
    expect(printable(HOSTILE)).toBe(
      'a\\u001b]0;owned\\u0007\\u009b2J\\u007f\\u202egnp.\\u2066\\u2028\\ud800b',
    );
    const innocent = 'Łódź 東京 🏭 👩\u200d🔧 می\u200cخواهم – "quoted" 100 %';
    expect(printable(innocent)).toBe(innocent);
  });

  it('makes one line of it, or leaves the lines', () => {
    expect(printable('one\r\ntwo')).toBe('one\\u000d\\u000atwo');
    expect(printableLines('one\r\ntwo\u001b[2J\n')).toBe('one\\u000d\ntwo\\u001b[2J\n');
  });

  it('leaves JSON what it means', () => {
    const value = { text: HOSTILE, list: ['\n'] };
    const line = printableLines(JSON.stringify(value, undefined, 2));
    expect(PRINTABLE.test(line.replaceAll('\n', ''))).toBe(true);
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe('a name', () => {
  it.each(['press-4', 'Łódź 東京', '👩\u200d🔧', ''])('may be %j', (name) =>
    expect(PRINTABLE.test(name)).toBe(true),
  );

  it.each(['a\u001b[2J', 'a\rb', 'a\nb', 'a\u0000', 'a\u0085', 'a\u202eb', 'a\u2029', 'a\ud800', 'a\n'])(
    'may not be %j',
    (name) => expect(PRINTABLE.test(name)).toBe(false),
  );
});

it('a problem is one line, whatever was read', () => {
  const line = formatProblem({ key: 'a\nb', file: 'x\u001b[2J', message: 'm', found: '\u009b', wanted: 'w' });
  expect(line).toBe('x\\u001b[2J a\\u000ab: m (found \\u009b; wanted w)');
});
