import { describe, expect, test } from '@jest/globals';
import type { Layout } from '../../src/layout/index.js';
import { LAYOUT, config, load, problems } from '../support.js';

const client = (name: string, metadata = '') =>
  `[[clients]]\nname = ${JSON.stringify(name)}\n[clients.metadata]\n${metadata}\n`;
const channel = (name: string, type?: string) =>
  `[[channels]]\nname = ${JSON.stringify(name)}\n[channels.metadata]\n${type === undefined ? '' : `type = "${type}"`}\n`;
const GATEWAY = client('gw', 'external_id = "x"');
const WITH_PROFILE = '[bootstrap]\nprofile_id = "p"\n';
const keys = (text: string) => problems(text).map(({ key }) => key);

test('the built-in layout is the documented one', () => {
  expect(config(undefined).layout).toMatchObject({
    clients: [{ name: 'client', metadata: {}, isGateway: true }],
    channels: [
      { name: 'control-channel', metadata: { type: 'control' }, type: 'control' },
      { name: 'data-channel', metadata: { type: 'data' }, type: 'data' },
    ],
    gateway: 0,
    bindings: [],
  });
});

test('metadata comes as written, dates as text, external_id left out', () => {
  const { layout } = config(`
${client('other')}
[[clients]]
name = "gw"
[clients.metadata]
external_id = "x"
at = 2026-01-02T03:04:05Z
day = 2026-01-02
constructor = "kept"
n = { deep = [1, 2] }
${channel('free')}`);
  expect(layout.gateway).toBe(1);
  expect(layout.clients.map(({ isGateway }) => isGateway)).toEqual([false, true]);
  expect(JSON.parse(JSON.stringify(layout.clients[1]!.metadata))).toEqual(
    JSON.parse('{"at":"2026-01-02T03:04:05Z","day":"2026-01-02","constructor":"kept","n":{"deep":[1,2]}}'),
  );
  expect(layout.channels[0]!.type).toBeUndefined();
});

test.each([
  ['no client with external_id', client('a') + channel('c'), ['clients']],
  ['an empty list of clients', `clients = []\n${channel('c')}`, ['clients']],
  ['an empty list of channels', `channels = []\n${GATEWAY}`, ['channels']],
  [
    'two clients with external_id',
    GATEWAY + client('b', 'external_id = ""') + channel('c'),
    ['clients[1].metadata.external_id'],
  ],
  ['two clients of one name', GATEWAY + client('gw') + channel('c'), ['clients[1].name']],
  ['two channels of one name', GATEWAY + channel('c') + channel('c'), ['channels[1].name']],
  ['an unknown type', GATEWAY + channel('c', 'telemetry'), ['channels[0].metadata.type']],
  [
    'a type that is no text',
    `${GATEWAY}[[channels]]\nname = "c"\nmetadata = { type = 5 }`,
    ['channels[0].metadata.type'],
  ],
  [
    'a number JSON cannot hold',
    `${client('gw', 'external_id = "x"\nn = nan\nm = [1.0, inf]')}${channel('c')}`,
    ['clients[0].metadata.n', 'clients[0].metadata.m[1]'],
  ],
  [
    'an integer beyond 2^53',
    `${client('gw', 'external_id = "x"\nn = 9223372036854775807')}${channel('c')}`,
    ['clients[0].metadata.n'],
  ],
  [
    'a NUL character',
    `${client('gw', 'external_id = "x"\nn = "\\u0000"')}${channel('c')}`,
    ['clients[0].metadata.n'],
  ],
])('%s is refused', (_, text, expected) => {
  expect(keys(text)).toEqual(expected);
});

test.each([
  ['a gateway', 1024, (name: string) => client(name, 'external_id = ""') + channel('c'), 'clients[0].name'],
  ['another client', 1022, (name: string) => GATEWAY + client(name) + channel('c'), 'clients[1].name'],
  ['a channel', 1022, (name: string) => GATEWAY + channel(name), 'channels[0].name'],
])('the name of %s may have %i bytes', (_, longest, text, key) => {
  expect(keys(text('é'.repeat(longest / 2)))).toEqual([]);
  expect(keys(text('é'.repeat(longest / 2) + 'x'))).toEqual([key]);
});

test('of several channels of a type the last one counts, and it is said', () => {
  const result = load(
    GATEWAY + channel('control', 'control') + channel('d1', 'data') + channel('d2', 'data'),
  );
  expect(result.warnings.filter(({ message }) => message.includes('the last one counts'))).toMatchObject([
    { key: 'channels[2].metadata.type', line: 16 },
  ]);
  const target = result.ok && result.config.layout.content?.texts.find(({ path }) => path[0] === 'telemetry');
  expect(target).toMatchObject({ pieces: [{ target: { of: 'channel', index: 2 } }] });
});

test('a name that is the type of another channel is told', () => {
  const result = load(GATEWAY + channel('data', 'control') + channel('other', 'data'));
  expect(result.warnings).toContainEqual(expect.objectContaining({ key: 'channels[0].name' }));
});

describe('bindings', () => {
  const HOUSE = `${client('gw', 'external_id = "x"\nrole = "main"')}${client('exporter', 'role = "export"\nlevel = 3')}${channel('control', 'control')}${channel('free')}`;
  const binding = (text: string, slot = 's') => `[[bootstrap.bindings]]\nslot = "${slot}"\n${text}\n`;
  const bindings = (text: string): Layout['bindings'] => config(WITH_PROFILE + text + HOUSE).layout.bindings;

  test.each([
    ['type = "client"\nname = "exporter"', 1],
    ['type = "client"\nmetadata_key = "role"\nmetadata_value = "export"', 1],
    ['type = "client"\nmetadata_key = "level"\nmetadata_value = "3"', 1],
    ['type = "client"\nmetadata_key = "role"', 0],
    ['type = "client"\nmetadata_key = "external_id"', 0],
    ['type = "client"', 0],
    ['type = "client"\nname = ""', 0],
    ['type = "channel"\nname = "free"', 1],
    ['type = "channel"\nmetadata_key = "type"\nmetadata_value = "control"', 0],
  ])('%j finds its target', (text, target) => {
    expect(bindings(binding(text))).toEqual([
      { slot: 's', type: text.includes('"client"') ? 'client' : 'channel', target },
    ]);
  });

  test.each([
    ['type = "client"\nname = "nobody"', 'bootstrap.bindings[0].name'],
    [
      'type = "client"\nname = "gw"\nmetadata_key = "role"\nmetadata_value = "export"',
      'bootstrap.bindings[0].name',
    ],
    ['type = "channel"\nname = "gw"', 'bootstrap.bindings[0].name'],
    ['type = "channel"\nmetadata_key = "toString"', 'bootstrap.bindings[0].metadata_key'],
    ['type = "channel"', 'bootstrap.bindings[0]'],
    ['type = "group"\nname = "gw"', 'bootstrap.bindings[0].type'],
    ['name = "gw"', 'bootstrap.bindings[0].type'],
    ['type = "client"\nname = 5', 'bootstrap.bindings[0].name'],
  ])('%j is refused', (text, key) => {
    expect(keys(WITH_PROFILE + binding(text) + HOUSE)).toContain(key);
  });

  test('fill slots of 1 to 256 characters, each once, of a profile', () => {
    const one = 'type = "client"\nname = "gw"';
    expect(keys(WITH_PROFILE + binding(one, 's'.repeat(256)) + HOUSE)).toEqual([]);
    expect(keys(WITH_PROFILE + binding(one, 's'.repeat(257)) + HOUSE)).toEqual([
      'bootstrap.bindings[0].slot',
    ]);
    expect(keys(WITH_PROFILE + binding(one, '') + HOUSE)).toEqual(['bootstrap.bindings[0].slot']);
    expect(keys(WITH_PROFILE + binding(one) + binding(one) + HOUSE)).toEqual(['bootstrap.bindings[1].slot']);
    expect(keys(binding(one) + HOUSE)).toEqual(['bootstrap.bindings']);
  });
});

test('no one can write to what was loaded', () => {
  const { layout } = config(`[bootstrap.content]\nlist = [{ id = "\${gateway.id}" }]\n${LAYOUT}`);
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(layout)).toBe(true);
  expect(() => Object.assign(layout.channels[0]!.metadata, { type: 'data' })).toThrow(TypeError);
});
