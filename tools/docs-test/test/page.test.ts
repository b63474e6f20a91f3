import { describe, expect, it } from '@jest/globals';
import { differences, missingLine, readPage, runPage } from '../src/index.js';

const page = (...lines: string[]) => lines.join('\n');
const run = (...lines: string[]) => runPage(readPage(page(...lines)));

describe('a page fails', () => {
  it('when a command fails, with its line and what it printed', async () => {
    const [problem] = await run('# Title', '', '```sh', 'echo before; ls no-such-file', '```');
    expect(problem).toMatch(/^line 3: ended with [12]/);
    expect(problem).toContain('no-such-file');
  });

  it('when the answer is not the one that it shows', async () => {
    const lines = ['```sh', 'echo \'{"a": 1}\'', '```', '', '```json', '{ "a": 2 }', '```'];
    expect(await run(...lines)).toEqual(['line 5: $.a: shown 2, is 1']);
  });

  it('when a block is left out without a reason', async () => {
    expect(await run('<!-- test: skip: no -->', '', '```sh', 'false', '```')).toHaveLength(1);
  });

  it('when a comment is not understood, or has no block', () => {
    expect(() => readPage('<!-- test: skp: a typing error -->')).toThrow('no directive "skp"');
    expect(() => readPage(page('<!-- test: background -->', '', 'Text.'))).toThrow('line 3');
  });
});

describe('a page passes', () => {
  it('when later commands use what earlier and hidden ones set, and files that it shows', async () => {
    const lines = [
      '<!-- test: run',
      'export A=1',
      '-->',
      '',
      '<!-- test: file x.toml -->',
      '',
      '```toml',
      'b = 2',
      '```',
    ];
    const commands = ['```sh', 'echo "$A"; cat x.toml', '```', '', '```text', '1', 'b = …', '```'];
    expect(await run(...lines, '', ...commands)).toEqual([]);
  });

  it('when a command goes on in the background, which ends with the page', async () => {
    const lines = ['<!-- test: background -->', '', '```sh', 'sleep 1000', '```', '', '```sh', 'true', '```'];
    expect(await run(...lines)).toEqual([]);
  });
});

describe('an answer is as shown', () => {
  it('when what is elided differs', () => {
    const shown = { id: 'c22b…', list: [{ a: 1, '…': '…' }], 'c22b…': true };
    expect(differences(shown, { id: 'x', list: [{ a: 1, b: 2 }], x: true })).toEqual([]);
  });

  it('and not when a member is missing, or is there but not shown', () => {
    expect(differences({ a: 1, b: [1] }, { b: [1, 2], c: 3 })).toHaveLength(3);
  });

  it('when its lines come in this order', () => {
    expect(missingLine('a …\nc', 'a 1\nb\nc')).toBeUndefined();
    expect(missingLine('c\na …', 'a 1\nb\nc')).toBe('a …');
  });
});
