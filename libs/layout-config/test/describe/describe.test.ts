import { expect, test } from '@jest/globals';
import { PRINTABLE } from '@org/domain';
import fc from 'fast-check';
import { type LoadResult, describeConfig, describeConfigJson, loadConfig } from '../../src/index.js';
import { LAYOUT, load } from '../support.js';

const shown = (result: LoadResult) => describeConfig(result) + JSON.stringify(describeConfigJson(result));

test('every setting is shown with its value and where that came from, and the layout as a tree', () => {
  const text = `[server]
port = 7000
[bootstrap]
profile_id = "p-1"
[[bootstrap.bindings]]
slot = "mqtt"
type = "client"
[bootstrap.render_context]
topic = "m/\${domain.id}/c/\${channels.data.id}"
${LAYOUT}`;
  const lines = describeConfig(load(text, { MG_PROVISION_LOG_LEVEL: 'debug' }))
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));
  expect(lines).toEqual(
    expect.arrayContaining([
      'Settings (file config.toml)',
      'server.port | 7000 | config.toml:2',
      'server.log_level | debug | env MG_PROVISION_LOG_LEVEL',
      'cert.ttl | 2400h | default',
      'server.mg_username | (not set) | default',
      'clients | a list of 1 | config.toml:11',
      '├─ client "gw" (the gateway: carries external_id)',
      '├─ channel "data" (data)',
      '├─ profile p-1',
      '├─ slot "mqtt" <- client "gw"',
      '└─ render context: topic',
      '└─ topic <- ${domain.id} ${channels.data.id}',
      'The configuration is valid.',
    ]),
  );
});

test('problems are shown with all that is known', () => {
  const text = describeConfig(load('[server]\nport = "x"', { MG_PROVISION_HTTP_PROT: '1' }));
  expect(text).toContain('Problems (1)\n  config.toml:2:1 server.port: ');
  expect(text).toContain('MG_PROVISION_HTTP_PROT: ');
  expect(text).toContain('The configuration is NOT valid.');
  expect(describeConfigJson(load('[server]\nport = "x"'))).toMatchObject({
    ok: false,
    layout: null,
    problems: [{ key: 'server.port', file: 'config.toml', line: 2, column: 1, found: '"x"' }],
  });
});

test('what a file holds is shown, and commands no terminal', () => {
  const text = `[server]\n"\\u009bkey" = "\\u001b[2J"\n${LAYOUT.replace('"gw"', '"g\\u202ew"')}`;
  const described = describeConfig(load(text));
  expect(described).toContain('\\u009bkey');
  expect(described).toContain('\\u202e');
  expect(PRINTABLE.test(described.replaceAll('\n', ''))).toBe(true);
});

test('the JSON form is plain JSON', () => {
  const json = describeConfigJson(load(undefined));
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json).toMatchObject({
    ok: true,
    layout: { gateway: 0, clients: [{ name: 'client', isGateway: true }] },
  });
});

const SECRET = 'hunter2-PRIVATE';
const SECRET_ENV = [
  'MG_PROVISION_API_KEY',
  'MG_PROVISION_PASS',
  'MG_PROVISION_RECOVERY_API_KEY',
  'MG_PROVISION_RECOVERY_PASS',
  'MG_PROVISION_SERVER_KEY',
  'MG_AUTH_GRPC_CLIENT_KEY',
  'MG_PROVISION_STATE_KEY',
];
const SECRET_TOML = ['mg_api_key', 'mg_pass', 'server_key'];

test.each([
  ...SECRET_ENV.map((name) => [name, undefined, { [name]: SECRET }] as const),
  ...SECRET_TOML.map((key) => [key, `[server]\n${key} = "${SECRET}"`, {}] as const),
  ['a mistyped key', `[server]\nmg_pas = "${SECRET}"`, {}],
  ['a mistyped variable', undefined, { MG_PROVISION_PAS: SECRET }],
  ['a secret of the wrong type', `[server]\nmg_pass = ["${SECRET}"]`, {}],
  ['a syntax error', `[server]\nmg_pass = "${SECRET}" "${SECRET}"`, {}],
  ['an unknown escape', `[server]\nmg_pass = "\\q${SECRET}"`, {}],
  ['a URL with a password', undefined, { MG_PROVISION_CLIENTS_URL: `http://u:${SECRET}@host` }],
  ['an MQTT address with a password', undefined, { MG_PROVISION_MQTT_URL: `ssl://u:${SECRET}@host` }],
  ['content', `[bootstrap.content]\nx = "${SECRET} \${name}"`, {}],
  ['content as a variable', undefined, { MG_PROVISION_BS_CONTENT: `{"x":"${SECRET}"}` }],
  ['content that is no JSON', undefined, { MG_PROVISION_BS_CONTENT: `{"x":${SECRET}}` }],
  ['content of the wrong type', `[bootstrap]\ncontent = "${SECRET}"`, {}],
  ['a value', `[bootstrap.values]\nx = "${SECRET}"`, {}],
  ['metadata', `[[clients]]\nname = "c"\n[clients.metadata]\nexternal_id = "x"\nx = "${SECRET}"`, {}],
  ['metadata of the wrong type', `[[clients]]\nname = "c"\nmetadata = "${SECRET}"`, {}],
  [
    'an inline certificate with its key',
    undefined,
    { MG_PROVISION_SERVER_CERT: `-----BEGIN PRIVATE KEY-----\n${SECRET}`, MG_PROVISION_SERVER_KEY: SECRET },
  ],
])('%s shows no secret', (_, text, env) => {
  expect(shown(load(text, env as unknown as Record<string, string>))).not.toContain(SECRET);
});

test('no secret shows, whatever it looks like', () => {
  const secret = fc.string({ minLength: 12, maxLength: 40, unit: 'grapheme' }).map((text) => `«${text}»`);
  fc.assert(
    fc.property(secret, fc.constantFrom(...SECRET_ENV), (text, name) => {
      expect(shown(loadConfig({ env: { [name]: text } }))).not.toContain(text);
    }),
  );
});
