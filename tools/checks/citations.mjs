#!/usr/bin/env node
/**
 * Checks that what comments cite is there: a section of a wire reference ("Magistrala wire §4.2") has a heading of that
 * number in docs/reference/wire, a page under docs/ exists. Also that the README stays short. Sections of RFCs are taken on trust.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What a reader takes in at once. */
const README_BYTES = 10_000;
const WIRES = { Magistrala: 'magistrala', ATOM: 'atom', mecha: 'mecha' };
const headings = Object.fromEntries(
  Object.entries(WIRES).map(([name, file]) => [name, numbersIn(`docs/reference/wire/${file}.md`)]),
);
const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.js', '*.proto', '*.toml'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path && existsSync(path) && path !== 'tools/checks/citations.mjs');

const problems = files.flatMap((path) => {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, index) =>
    [...sections(line, lines[index - 1] ?? '', path), ...pages(line)].map(
      (what) => `${path}:${index + 1}: ${what}`,
    ),
  );
});
const readme = readFileSync('README.md').length;
if (readme > README_BYTES)
  problems.push(`README.md has ${readme} bytes, more than ${README_BYTES}: move details to docs/`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** "§1.3, §1.6" and "§1 to §3" belong to what is named before them, perhaps on the line above. */
function* sections(line, above, path) {
  let source = path.startsWith('tools/magistrala-emulator/') ? 'Magistrala' : undefined;
  const text = line.includes('§') && !/\b(RFC \d+|\w+ wire §)/.test(line) ? `${above} ${line}` : line;
  for (const [found, rfc, wire, section] of text.matchAll(
    /(RFC \d+)|(\w+)\s+(?:\*\s+)?wire\b|§([\d.]*\d)/g,
  )) {
    if (rfc) source = 'RFC';
    else if (wire) source = wire;
    else if (source === undefined)
      yield `${found} of what? Write "Magistrala wire", "ATOM wire", "mecha wire" or the RFC`;
    else if (source !== 'RFC' && !headings[source]?.has(section))
      yield `${source} wire has no section ${section}`;
  }
}

function* pages(line) {
  for (const [path] of line.matchAll(/\bdocs\/[\w/-]+\.md\b/g))
    if (!existsSync(path)) yield `${path} does not exist`;
}

function numbersIn(path) {
  const found = readFileSync(path, 'utf8').matchAll(/^#+ (\d+(?:\.\d+)*[a-z]?)[. ]/gm);
  return new Set([...found].map(([, number]) => number));
}
