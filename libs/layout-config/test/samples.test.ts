import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { config, load, problems, warned } from './support.js';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.toml`, import.meta.url), 'utf8');

test("the original's early sample loads, obsolete keys counting as what they are called today", () => {
  const result = load(fixture('early-sample'));
  expect(result).toMatchObject({
    ok: true,
    config: {
      server: { port: 8190, logLevel: 'warn' },
      services: {
        clients: 'http://localhost:9006',
        certs: 'http://localhost:9119',
        bootstrap: 'http://localhost:9013',
        users: 'http://localhost',
      },
      credentials: { kind: 'none' },
      layout: { clients: [{ name: 'edge', isGateway: true }], gateway: 0 },
    },
  });
  const advice = Object.fromEntries(result.warnings.map(({ key, wanted }) => [key, wanted]));
  expect(advice).toMatchObject({
    'server.LogLevel': 'server.log_level',
    'server.http_port': 'server.port',
    'server.clients_location': 'server.clients_url',
    'server.users_location': 'server.users_url',
    'server.mg_certs_url': 'server.certs_url',
    'server.mg_user': 'server.mg_username',
    'server.mqtt_url': 'bootstrap.values.mqtt_url',
    'client.metadata': '[clients.metadata] below a [[clients]]',
    'bootstrap.content': expect.stringContaining('[bootstrap.content]'),
  });
  expect(result.warnings.filter(({ severity }) => severity === 'warning')).toHaveLength(9);
  expect(result.warnings.find(({ key }) => key === 'server.http_port')?.line).toBe(12);
  expect(result.origins.find(({ key }) => key === 'server.port')?.origin).toEqual({
    from: 'file',
    file: 'config.toml',
    line: 12,
  });
});

test("with the variables of the original's docker files, its early sample gives what the original would use", () => {
  const result = load(fixture('early-sample'), {
    MG_PROVISION_HTTP_PORT: '9016',
    MG_PROVISION_LOG_LEVEL: 'debug',
    MG_PROVISION_USERS_LOCATION: 'http://users:9002',
    MG_PROVISION_CLIENTS_LOCATION: 'http://clients:9006',
    MG_PROVISION_CERTS_SVC_URL: 'http://certs:9019',
    MG_PROVISION_BS_SVC_URL: 'http://bootstrap:9013',
    MG_PROVISION_USERNAME: '',
  });
  expect(result).toMatchObject({
    ok: true,
    config: {
      server: { port: 9016, logLevel: 'debug' },
      services: {
        users: 'http://users:9002',
        clients: 'http://clients:9006',
        certs: 'http://certs:9019',
        // Under today's key: here the file wins in the original too.
        bootstrap: 'http://localhost:9013',
      },
    },
  });
  const told = result.warnings.filter(({ message }) => message.endsWith(' is set'));
  expect(told.map(({ key, message }) => [key, message.split(': ')[1]])).toEqual([
    ['server.LogLevel', 'MG_PROVISION_LOG_LEVEL is set'],
    ['server.http_port', 'MG_PROVISION_HTTP_PORT is set'],
    ['server.clients_location', 'MG_PROVISION_CLIENTS_LOCATION is set'],
    ['server.users_location', 'MG_PROVISION_USERS_LOCATION is set'],
    ['server.mg_certs_url', 'MG_PROVISION_CERTS_SVC_URL is set'],
  ]);
  expect(told[1]).toMatchObject({ line: 12, wanted: expect.stringContaining('server.port') });
});

test("the original's compose sample loads, its content as it stands", () => {
  const result = load(fixture('compose-sample'));
  expect(result.ok && result.config.layout.content?.source).toMatchObject({
    agent: { log: { level: 'info' }, mqtt: { qos: 0 } },
    export: { routes: [{ workers: 10 }] },
  });
  expect(warned(result)).toEqual([]);
  expect(result.warnings).toMatchObject([{ key: 'bootstrap.content', severity: 'note' }]);
});

test("today's key wins over an obsolete one", () => {
  const result = load('[server]\nport = 1\nhttp_port = "2"');
  expect(result.ok && result.config.server.port).toBe(1);
  expect(warned(result)).toContain('server.http_port');
});

test('a wrong value under an obsolete key is told where it stands', () => {
  expect(problems('[server]\n\nhttp_port = "x"')).toMatchObject([{ key: 'server.port', line: 3 }]);
});

test('[client.metadata] and [channel.metadata] belong to the entry above them', () => {
  const { layout } = config(`
[[clients]]
name = "first"
[[clients]]
name = "second"
[client.metadata]
external_id = "x"
note = 1
[[clients]]
name = "third"
[[channels]]
name = "c"
[channel.metadata]
type = "export"
`);
  expect(layout.clients.map(({ isGateway }) => isGateway)).toEqual([false, true, false]);
  expect(layout.clients[1]!.metadata).toEqual({ note: 1 });
  expect(layout.channels[0]!.type).toBe('export');
});

test.each([
  '[client.metadata]\na = 1',
  '[client]\nmetadata = 5',
  'client = 5',
  'clients = [1]\n[client.metadata]\na = 1',
])('%j is told and has no effect', (text) => {
  expect(load(text).warnings.some(({ key }) => key.startsWith('client'))).toBe(true);
});
