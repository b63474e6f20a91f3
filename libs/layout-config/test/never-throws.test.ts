import toml from '@iarna/toml';
import { expect, test } from '@jest/globals';
import { printable } from '@org/domain';
import fc from 'fast-check';
import {
  describeConfig,
  describeConfigJson,
  formatProblem,
  loadConfig,
  settingsTable,
} from '../src/index.js';

const NAMES = [
  ...settingsTable().flatMap(({ toml: key }) => key.split('.')),
  ...[
    'clients',
    'channels',
    'bindings',
    'client',
    'metadata',
    'name',
    'type',
    'slot',
    'external_id',
    'http_port',
    'values',
  ],
  ...['render_context', 'content', '__proto__', 'constructor', 'toString', 'then', 'a.b', ''],
].filter((name, index, all) => all.indexOf(name) === index);

function check(text: string, env: Record<string, string> = {}): void {
  const result = loadConfig({ env, file: { path: 'config.toml', text }, readPemFile: () => 'no PEM' });
  describeConfig(result);
  JSON.stringify(describeConfigJson(result));
  if (!result.ok)
    for (const problem of result.problems) expect(formatProblem(problem)).toContain(printable(problem.key));
}

const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string() },
);
const leaf = fc.oneof(
  fc.string(),
  fc.constantFrom('${name}', '${gateway.secret}', '${', 'control', 'client', '', 'true', '9016', 'http://x'),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const { document } = fc.letrec<{ value: unknown; document: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('document'), { maxLength: 3 }),
    tie('document'),
  ),
  document: fc.dictionary(name, tie('value'), { maxKeys: 6, noNullPrototype: true }),
}));

test('any TOML document gives a configuration or problems', () => {
  fc.assert(
    fc.property(document, (value) => check(toml.stringify(value as never))),
    // One that was found: such a table cannot be turned into text.
    { numRuns: 500, examples: [[{ SendTelemetry: [{ toString: '' }] }]] },
  );
});

test('any text gives a configuration or problems', () => {
  const fragments = fc.constantFrom(
    '[',
    ']',
    '[[',
    ']]',
    '=',
    '"',
    "'",
    '\n',
    '.',
    '{',
    '}',
    ',',
    'clients',
    'server',
    'port',
    '1',
    'a',
    '\\u',
    '#',
    ' ',
    '"""',
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fragments })), (text) =>
      check(text),
    ),
    { numRuns: 500 },
  );
});

test('any environment gives a configuration or problems', () => {
  const names = settingsTable().flatMap((row) => [row.name, ...row.aliases]);
  const env = fc.dictionary(
    fc.oneof(fc.constantFrom(...names), fc.string()),
    fc.oneof(fc.string(), fc.json()),
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(env, (values) => check('', values)),
    { numRuns: 300 },
  );
});

test.each([
  ['lists', `a = ${'['.repeat(3000)}${']'.repeat(3000)}`],
  ['tables', `[${Array(3000).fill('a').join('.')}]`],
  ['metadata', `[[clients]]\nname = "x"\nmetadata = ${'{a='.repeat(3000)}1${'}'.repeat(3000)}`],
])('very deep %s do not bring it down', (_, text) => check(text));
