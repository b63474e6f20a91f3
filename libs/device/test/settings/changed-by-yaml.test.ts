import { describe, expect, it } from '@jest/globals';
import { formatProblem } from '@org/domain';
import { type AgentSettings, loadSettings } from '../../src/settings/index.js';

const load = (text: string) =>
  loadSettings({ file: { path: 'settings.yml', text }, env: {}, home: '/home/mecha' });

function settingsOf(text: string): AgentSettings {
  const result = load(text);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.settings;
}

const problemsOf = (text: string): string[] => {
  const result = load(text);
  return result.ok ? [] : result.problems.map(formatProblem);
};

/** `a: b` for the key `a`, and lines that are indented for one with dots. */
const yaml = (key: string, value: string): string => {
  const [name, below] = [key.split('.')[0]!, key.split('.').slice(1).join('.')];
  return below === '' ? `${name}: ${value}` : `${name}:\n${yaml(below, value).replace(/^/gm, '  ')}`;
};

/** What stands in the file, and what YAML makes of it, is not the same text. */
const CHANGED = [
  ...['0012', '00123', '0099', '1e5', '1E5', '0x1F', '0o17', '+5', '-0', '.5', '5.', '1.10', '1.0'],
  ...['12345678901234567890', '.inf', '-.INF', '.nan', 'true', 'False', 'null', 'Null', '~'],
  ...['#hunter2', '&hunter2'],
];

const TEXTS = ['device.serial', 'device.model', 'bootstrap.external_id', 'provisioning.cert_sign_url'];
const SECRETS = ['bootstrap.external_key', 'bootstrap.encryption_key', 'server.token'];

describe.each(CHANGED)('a text written as %s', (value) => {
  it.each([...TEXTS, 'data.dir', 'provisioning.paths.root.cert'])('is refused for %s', (key) => {
    const [found] = problemsOf(yaml(key, value));
    expect(found).toMatch(
      /^settings\.yml:\d+:\d+ .*; put it in quotes, as YAML reads it as something else\)$/,
    );
    expect(found).toContain(` ${key}: `);
    expect(found).toContain(`(found ${value}; `);
  });

  it.each(SECRETS)('is refused for %s, and not shown', (key) => {
    const [found] = problemsOf(yaml(key, value));
    expect(found).toContain(` ${key}: `);
    expect(found).toMatch(/found a value that is not shown; .*put it in quotes/);
    expect(found).not.toContain('hunter2');
  });

  it('is taken as it stands when it is in quotes', () => {
    for (const quoted of [
      `"${value}"`,
      `'${value}'`,
      `!!str ${value.startsWith('#') ? `"${value}"` : `'${value}'`}`,
    ]) {
      const settings = settingsOf(`${yaml('device.serial', quoted)}\n${yaml('server.token', quoted)}`);
      expect(settings.device.serial).toBe(value);
      expect(settings.local!.token!.reveal()).toBe(value);
    }
  });
});

it.each([
  '335277',
  '0',
  '-5',
  'yes',
  'no',
  'on',
  '1_000',
  '2031-05-01',
  '12:30:45',
  '33:52:77:99:43',
  '1e',
  'SN-0042',
])('a text written as %s is taken as it stands', (value) => {
  const settings = settingsOf(`${yaml('device.serial', value)}\n${yaml('server.token', value)}`);
  expect(settings.device.serial).toBe(value);
  expect(settings.local!.token!.reveal()).toBe(value);
});

it('is refused wherever it comes from: other notations, aliases, older versions of YAML', () => {
  for (const text of [
    '{"bootstrap": {"external_key": 0099}}',
    'x: &x 0099\nbootstrap: { external_key: *x }',
    'x: &x { external_key: 0099 }\nbootstrap: *x',
    'bootstrap: { external_key: !!int "0099" }',
    ...['0099', '1_000', 'yes', '12:30:45', '2031-05-01'].map(
      (value) => `%YAML 1.1\n---\nbootstrap: { external_key: ${value} }`,
    ),
  ]) {
    expect(problemsOf(text)).toContainEqual(
      expect.stringMatching(/bootstrap\.external_key: .*found a value that is not shown; .*in quotes/),
    );
  }
});

it('what is no text where one of a certain form is wanted is shown as it stands', () => {
  const digits = '0'.repeat(60) + '1e15';
  const [found] = problemsOf(yaml('provisioning.root_fingerprint', digits));
  expect(found).toContain('put it in quotes');
  expect(found).toContain(`found ${digits.slice(0, 60)}`);
  const fingerprint = settingsOf(yaml('provisioning.root_fingerprint', `"${digits}"`)).provisioning
    .rootFingerprint;
  expect(fingerprint).toBe(digits);
});

it('a key without a value is not set, nor is one of a certain form that is null', () => {
  const defaults = settingsOf('');
  for (const key of [...TEXTS, ...SECRETS]) expect(settingsOf(yaml(key, ''))).toEqual(defaults);
  for (const key of ['server.url', 'provisioning.grpc_url', 'logging.path'])
    for (const value of ['~', 'null']) expect(settingsOf(yaml(key, value))).toEqual(defaults);
  expect(settingsOf('server:\n  token:\n  # a long text\n  port: 3001')).toEqual(defaults);
});

describe('YAML that cannot be read', () => {
  it.each([
    ['server: {}\n---\nserver: {}', '2:1', 'a second document begins'],
    ['data: {}\ndata: {}', '2:1', 'this key is there twice'],
    ['server:\n\tport: 1', '2:1', 'a tab is used to indent'],
    ['server: { token: hunter2', '1:25', 'bracket'],
    ['server:\n  token: "hunter2\\q"', '2:18', 'use single quotes'],
    ['server:\n  token: @hunter2', '2:10', 'put the value in quotes'],
    ['server:\n  token: hunter2: x', '2:10', 'put the value in quotes'],
    ['server:\n  token: |hunter2', '2:11', 'not expected here'],
    ['server:\n  token: !hunter2', '2:10', 'put the value in quotes'],
    ['server:\n  token: !hunter2 x', '2:10', 'put the value in quotes'],
    ['%HUNTER2\n---\nserver: {}', '1:1', 'not a known directive'],
  ])('%j is told in our words, with its place, and not quoted', (text, place, words) => {
    const problems = problemsOf(text).join('\n');
    expect(problems).toMatch(new RegExp(`^settings\\.yml:${place} \\(syntax\\): `));
    expect(problems).toContain(words);
    expect(problems).not.toMatch(/hunter2|parseAll/i);
  });
});
