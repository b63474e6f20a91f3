import { describe, expect, test } from '@jest/globals';
import { type Config, settingsTable } from '../../src/index.js';
import { config, load, problems, warned } from '../support.js';
import { CASES } from './setting-cases.js';

const tomlOf = (key: string, value: string) => {
  const [name, ...table] = key.split('.').reverse();
  const line = `${name} = ${['true', 'false'].includes(value) ? value : JSON.stringify(value)}`;
  return table.length === 0 ? line : `[${table.reverse().join('.')}]\n${line}`;
};

describe.each(CASES)('$toml', ({ env, toml, text, read, value, fallback, with: more = {} }) => {
  const others = Object.fromEntries(Object.entries(more).filter(([name]) => !env.includes(name)));

  test('has its default', () => {
    expect(read(config(undefined))).toEqual(fallback);
  });

  test.each(env)('is read from %s', (name) => {
    const result = load(undefined, { ...others, [name]: text });
    expect(result.ok && read(result.config)).toEqual(value);
    expect(result.origins.find(({ key }) => key === toml)?.origin).toEqual({ from: 'env', name });
  });

  test.each(env)('%s set to nothing counts as not set', (name) => {
    expect(read(config(undefined, { [name]: '' }))).toEqual(fallback);
  });

  test('is read from the file', () => {
    const result = load(tomlOf(toml, text), others);
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && read(result.config)).toEqual(value);
    expect(warned(result)).not.toContain(toml.startsWith('bootstrap.values') ? toml : '');
    const line = toml.includes('.') ? 2 : 1;
    expect(result.origins.find(({ key }) => key === toml)?.origin).toEqual({
      from: 'file',
      file: 'config.toml',
      line,
    });
  });

  test('has a row in the table of settings', () => {
    expect(settingsTable().find((row) => row.toml === toml)).toMatchObject({
      name: env[0],
      aliases: env.slice(1),
    });
  });
});

test('every setting but file and folder is covered above', () => {
  const names = settingsTable().flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(
    CASES.flatMap(({ env }) => env)
      .concat('MG_PROVISION_CONFIG_FILE', 'MG_PROVISION_LAYOUTS')
      .sort(),
  ).toEqual(names.sort());
});

test.each([
  ['MG_PROVISION_HTTP_PORT', '9016'],
  ['MG_PROVISION_LOG_LEVEL', 'info'],
  ['MG_PROVISION_SERVER_CERT', ''],
  ['MG_PROVISION_SERVER_KEY', ''],
  ['MG_SEND_TELEMETRY', 'true'],
  ['MG_MQTT_ADAPTER_INSTANCE_ID', ''],
  ['MG_PROVISION_USERS_LOCATION', 'http://localhost'],
  ['MG_PROVISION_CLIENTS_LOCATION', 'http://localhost'],
  ['MG_PROVISION_BS_SVC_URL', 'http://localhost:9000'],
  ['MG_PROVISION_CERTS_SVC_URL', 'http://localhost:9019'],
  ['MG_PROVISION_USERNAME', 'user'],
  ['MG_PROVISION_PASS', 'test'],
  ['MG_PROVISION_API_KEY', ''],
  ['MG_PROVISION_EMAIL', 'test@example.com'],
  ['MG_PROVISION_DOMAIN_ID', ''],
  ['MG_PROVISION_CONFIG_FILE', 'config.toml'],
  ['MG_PROVISION_X509_PROVISIONING', 'false'],
  ['MG_PROVISION_BS_CONFIG_PROVISIONING', 'true'],
  ['MG_PROVISION_BS_AUTO_WHITELIST', 'true'],
  ['MG_PROVISION_CERTS_HOURS_VALID', '2400h'],
])('%s is listed with the documented default %j', (name, value) => {
  const row = settingsTable().find((one) => one.name === name || one.aliases.includes(name));
  expect(row?.default).toBe(value);
  expect(row?.description).not.toBe('');
});

test.each([
  ['MG_PROVISION_CLIENTS_URL', 'MG_PROVISION_CLIENTS_LOCATION'],
  ['MG_PROVISION_USERS_URL', 'MG_PROVISION_USERS_LOCATION'],
  ['MG_PROVISION_CERTS_URL', 'MG_PROVISION_CERTS_LOCATION'],
  ['MG_PROVISION_CERTS_URL', 'MG_PROVISION_CERTS_SVC_URL'],
  ['MG_PROVISION_CERTS_SVC_URL', 'MG_PROVISION_CERTS_LOCATION'],
])('%s wins over %s, and it is said', (winner, loser) => {
  const env = { [winner]: 'http://right', [loser]: 'http://wrong' };
  const result = load(undefined, env);
  expect(result.ok && Object.values(result.config.services)).toContain('http://right');
  expect(result.ok && Object.values(result.config.services)).not.toContain('http://wrong');
  expect(result.warnings.find(({ key }) => key === loser)?.message).toContain(`${winner} won`);
  expect(warned(load(undefined, { [winner]: 'http://same', [loser]: 'http://same' }))).not.toContain(loser);
});

describe('waiting for the platform', () => {
  const CONFIGURATION = 'MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT';
  const WRITE = 'MG_PROVISION_OUTBOUND_WRITE_TIMEOUT';
  const SETTLE = 'MG_PROVISION_RECOVERY_SETTLE';

  test.each([
    [{ [CONFIGURATION]: '3m' }, CONFIGURATION],
    [{ [WRITE]: '121s' }, WRITE],
    [{ [SETTLE]: '30s' }, SETTLE],
  ])('%o would let a call land after the last look for it', (env, key) => {
    expect(problems(undefined, env)).toMatchObject([
      { key, wanted: expect.stringContaining(`${SETTLE} of at least`) },
    ]);
  });

  test('may be short where the last look is late enough', () => {
    const env = { [CONFIGURATION]: '20s', [WRITE]: '20s', [SETTLE]: '20s' };
    expect(config(undefined, env).recovery.settleMs).toBe(20_000);
  });
});

test('in the file, empty text says nothing', () => {
  expect(config('[server]\nport = ""\nmg_bs_url = ""', { MG_PROVISION_HTTP_PORT: '1234' })).toMatchObject({
    server: { port: 1234 },
    services: { bootstrap: 'http://localhost:9000' },
  });
});

test('what the file says wins over the environment, false included', () => {
  const file = `
SendTelemetry = false
[server]
port = 7000
tls = false
allow_anonymous = false
[bootstrap]
provision = false
autowhite_list = false
x509_provision = false
`;
  const env = {
    MG_PROVISION_HTTP_PORT: '9016',
    MG_PROVISION_ENV_CLIENTS_TLS: 'true',
    MG_PROVISION_ALLOW_ANONYMOUS: 'true',
    MG_PROVISION_BS_CONFIG_PROVISIONING: 'true',
    MG_PROVISION_BS_AUTO_WHITELIST: 'true',
    MG_PROVISION_X509_PROVISIONING: 'true',
    MG_SEND_TELEMETRY: 'true',
  };
  expect(config(file, env)).toMatchObject({
    server: { port: 7000, allowAnonymous: false, sendTelemetry: false },
    outbound: { tls: { verify: false } },
    provisioning: { bootstrap: false, configurationEnabled: false, x509: false },
  });
});

test('what the file does not say keeps the environment, content and built-in layout included', () => {
  const { layout, provisioning } = config('[cert]\nttl = "1h"', {
    MG_PROVISION_BS_CONTENT: '{"kept":true}',
    MG_PROVISION_X509_PROVISIONING: 'T',
  });
  expect(provisioning).toMatchObject({ certTtl: '1h', x509: true });
  expect(layout.content?.source).toEqual({ kept: true });
  expect(layout.clients.map(({ name }) => name)).toEqual(['client']);
  expect(layout.channels.map(({ name }) => name)).toEqual(['control-channel', 'data-channel']);
});

test.each([
  ['MG_PROVISION_HTTP_PORT', ['-1', '65536', 'http', '1.5', '09016', '0x10', '1e3', '9 016', '9016\r\n9017']],
  ['MG_PROVISION_LOG_LEVEL', ['trace', 'warning']],
  ['MG_PROVISION_LOG_FORMAT', ['xml', 'pretty']],
  ['MG_JAEGER_URL', ['jaeger:4318', 'http://user:secret@jaeger:4318']],
  ['MG_JAEGER_TRACE_RATIO', ['1.5', '-1', 'half', '1e-3']],
  ['MG_PROVISION_ENV_CLIENTS_TLS', ['yes', 'off']],
  ['MG_PROVISION_CLIENTS_URL', ['localhost:9006', 'ftp://x', 'http://', 'http://x?y=1', 'http://x#y']],
  [
    'MG_PROVISION_USERS_URL',
    ['http:users:9002', 'http://us\ners', 'http:\\\\users', 'http://010.0.0.1', 'http://1'],
  ],
  ['MG_PROVISION_API_KEY', ['a b', 'a\nb', 'a\u00e9']],
  ['MG_PROVISION_CERTS_HOURS_VALID', ['0', '0h', '100', '-1h', '1d']],
  ['MG_PROVISION_OUTBOUND_TIMEOUT', ['0s', '30', '1000h', '1.5ms', '1s1ns']],
  ['MG_PROVISION_BODY_LIMIT', ['0', '1MiB', '-5']],
  ['MG_AUTH_GRPC_URL', ['auth', 'http://auth:7001', 'auth:0', 'auth:70000']],
  ['MG_PROVISION_STATE_KEY', ['abc', 'zz'.repeat(32)]],
  ['MG_PROVISION_PLATFORM', ['thingsboard', 'off']],
  ['MG_PROVISION_HTTP_TLS', ['on', 'true']],
  [
    'MG_PROVISION_SERVER_NAMES',
    ['a b', 'a,', '*.plant.test', 'a_b', '1.2.3', 'http://x', 'fe80::1%eth0:1:2'],
  ],
  [
    'MG_PROVISION_TRUSTED_PROXIES',
    ['plant', '0.0.0.0/0', '10.0.0.0/33', '10.0.0.0/8/8', '::/129', '10.0.0.0/', ','],
  ],
  ['MG_PROVISION_GRPC_PORT', ['65536']],
  ['MG_PROVISION_GRPC_TLS', ['tls', 'constructor', 'yes']],
  ['MG_PROVISION_ENROLMENT', ['maybe', '1']],
  ['MG_PROVISION_VERIFICATION_URL', ['plant.test', 'https://u:p@plant.test']],
  ['MG_PROVISION_CODE_LIFETIME', ['59s', '61m', '10']],
  ['MG_PROVISION_OPERATOR_TOKENS', ['ana', 'ana:', `:${'ab'.repeat(32)}`, `ana:${'ab'.repeat(31)}`, 'a b:c']],
  ['MG_PROVISION_MAX_LATE_RENEWALS', ['-1', '1001']],
  ['MG_PROVISION_BS_PROFILE_ID', ['x'.repeat(37)]],
  ['MG_PROVISION_BS_CONTENT', ['{', '[]', '"x"', 'null', '7', '{"id":9007199254740993}', '{"n":1e400}']],
])('%s refuses %j', (name, values) => {
  for (const value of values)
    expect([value, problems(undefined, { [name]: value }).map(({ key }) => key)]).toEqual([value, [name]]);
});

test.each([
  ['MG_PROVISION_HTTP_PORT', '0', (c: Config) => c.server.port, 0],
  ['MG_PROVISION_LOG_LEVEL', 'WARN', (c: Config) => c.server.logLevel, 'warn'],
  ['MG_PROVISION_USERS_URL', 'https://h:1/base//', (c: Config) => c.services.users, 'https://h:1/base'],
  ['MG_AUTH_GRPC_URL', '[::1]:7001', (c: Config) => c.auth.grpc?.url, '[::1]:7001'],
  [
    'MG_PROVISION_STATE_KEY',
    `${'A'.repeat(43)}=`,
    (c: Config) => c.state.key?.reveal(),
    `${'A'.repeat(43)}=`,
  ],
  ['MG_PROVISION_DRAIN_TIMEOUT', '0', (c: Config) => c.server.drainMs, 0],
  ['MG_PROVISION_DRAIN_TIMEOUT', '1.005s', (c: Config) => c.server.drainMs, 1005],
  ['MG_PROVISION_HTTP_PORT', ' 9017\r\n', (c: Config) => c.server.port, 9017],
  ['MG_PROVISION_ENV_CLIENTS_TLS', 'false\r', (c: Config) => c.outbound.tls.verify, false],
  ['MG_PROVISION_USERS_URL', 'http://[::0001]:9002 ', (c: Config) => c.services.users, 'http://[::1]:9002'],
  [
    'MG_PROVISION_CLIENTS_URL',
    'http://10.0.0.1:9006',
    (c: Config) => c.services.clients,
    'http://10.0.0.1:9006',
  ],
  [
    'MG_PROVISION_STATE_PATH',
    '/var/lib/provision.db\r\n',
    (c: Config) => c.state.path,
    '/var/lib/provision.db',
  ],
  ['MG_PROVISION_STATE_PATH', ' ', (c: Config) => c.state.path, 'provision.db'],
])('%s takes %j', (name, text, read, value) => {
  expect(read(config(undefined, { [name]: text }))).toBe(value);
});

describe('blanks around a variable', () => {
  const credentials = { MG_PROVISION_USERNAME: 'ana', MG_PROVISION_PASS: ' pass word \r\n' };

  test('belong to a password, are told, and line ends do not belong to it', () => {
    const result = load(undefined, credentials);
    const { kind, password } = (result.ok ? result.config.credentials : {}) as {
      kind?: string;
      password?: { reveal(): string };
    };
    expect([kind, password?.reveal()]).toEqual(['password', ' pass word ']);
    expect(result.warnings).toContainEqual(
      expect.objectContaining({ key: 'MG_PROVISION_PASS', found: 'blanks around it' }),
    );
    expect(JSON.stringify(result.warnings)).not.toContain('pass word');
  });

  test('are no reason to say that two variables disagree', () => {
    const env = { MG_PROVISION_CLIENTS_URL: 'http://c:1\r', MG_PROVISION_CLIENTS_LOCATION: 'http://c:1' };
    expect(warned(load(undefined, env))).not.toContain('MG_PROVISION_CLIENTS_LOCATION');
  });
});
