import { describe, expect, test } from '@jest/globals';
import { configFilePath, formatProblem, loadConfig } from '../src/index.js';
import { LAYOUT, config, load, problems, warned } from './support.js';

describe('the file', () => {
  test('is the one that the environment names, else config.toml', () => {
    expect(configFilePath({})).toEqual({ path: 'config.toml', explicit: false });
    expect(configFilePath({ MG_PROVISION_CONFIG_FILE: '' })).toEqual({
      path: 'config.toml',
      explicit: false,
    });
    expect(configFilePath({ MG_PROVISION_CONFIG_FILE: '/x.toml' })).toEqual({
      path: '/x.toml',
      explicit: true,
    });
  });

  test('may be missing only when no one named it', () => {
    const missing = (env: Record<string, string>) =>
      loadConfig({ env, file: { ...configFilePath(env), text: undefined } });
    expect(missing({})).toMatchObject({ ok: true });
    expect(missing({ MG_PROVISION_CONFIG_FILE: '/x.toml' })).toMatchObject({
      ok: false,
      problems: [{ key: 'MG_PROVISION_CONFIG_FILE', file: '/x.toml' }],
    });
  });

  test.each([
    ['a = \n', 1],
    ['[server]\nport = 1\nport = 2\n', 3],
    ['[server]\nmg_pass = "topsecret\n', 2],
    ['[server\n', 1],
  ])('with a syntax error %j is refused with line and column, and nothing of it is shown', (text, line) => {
    const [problem] = problems(text);
    expect(problem).toMatchObject({ file: 'config.toml', line, column: expect.any(Number) });
    expect(JSON.stringify(problem)).not.toContain('topsecret');
  });

  test('may begin with a byte order mark', () => {
    expect(config('\uFEFF[server]\nport = 1').server.port).toBe(1);
  });
});

test('all problems are told at once, with place, finding and wish', () => {
  const text = `[server]
port = "http"
clients_url = "nowhere"
  log_level = 5
[bootstrap]
provision = "maybe"
content = 5
[[bootstrap.bindings]]
type = "thing"
[cert]
ttl = "soon"
[[clients]]
name = 5
[[clients]]
metadata = "x"
[[channels]]
name = ""
[channels.metadata]
type = "controll"
`;
  const found = problems(text, { MG_PROVISION_BODY_LIMIT: 'much', MG_PROVISION_USERS_URL: 'u' });
  expect(found.map(({ key, line }) => `${key}${line === undefined ? '' : `@${line}`}`).sort()).toEqual(
    [
      'MG_PROVISION_BODY_LIMIT',
      'MG_PROVISION_USERS_URL',
      'bootstrap.bindings@8',
      'bootstrap.bindings[0].slot@8',
      'bootstrap.bindings[0].type@9',
      'bootstrap.content@7',
      'bootstrap.provision@6',
      'cert.ttl@11',
      'channels@16',
      'channels[0].metadata.type@19',
      'channels[0].name@17',
      'clients@12',
      'clients[0].name@13',
      'clients[1].metadata@15',
      'clients[1].name@14',
      'server.clients_url@3',
      'server.log_level@4',
      'server.port@2',
    ].sort(),
  );
  expect(found.map(formatProblem)).toContain(
    'config.toml:4:3 server.log_level: the value does not fit (found 5; wanted debug, info, warn or error)',
  );
  expect(found.map(formatProblem)).toContain(
    'MG_PROVISION_BODY_LIMIT: the value does not fit (found "much"; wanted a number of bytes, at least 1)',
  );
});

test.each(['server', 'bootstrap', 'cert', 'auth', 'state', 'clients', 'channels'])(
  '%s = "hunter2" is refused unseen',
  (key) => {
    const found = problems(`${key} = "hunter2"`);
    expect(found.map((problem) => problem.key)).toContain(key);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  },
);

describe('names that nothing reads', () => {
  test.each([
    ['[server]\nprot = 1', 'server.prot', 'port', 2],
    ['[sever]\nport = 1', 'sever', 'server', 1],
    ['port = 1', 'port', 'server.port', 1],
    [
      '[[clients]]\nname = "a"\nmetdata = 1\n[clients.metadata]\nexternal_id = ""',
      'clients[0].metdata',
      'metadata',
      3,
    ],
    ['[[channels]]\nname = "a"\nroute = "r"', 'channels[0].route', 'one of name, metadata', 3],
    ['[bootstrap]\nautowhitelist = true', 'bootstrap.autowhitelist', 'autowhite_list', 2],
  ])('%j', (text, key, wanted, line) => {
    expect(load(text).warnings).toContainEqual(
      expect.objectContaining({ key, wanted, line, severity: 'warning' }),
    );
  });

  test('are told without their values, which may be secrets', () => {
    const result = load('[server]\nmg_passs = "hunter2"', { MG_PROVISION_PASSS: 'hunter3' });
    expect(result.warnings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: 'server.mg_passs', wanted: 'mg_pass' }),
        expect.objectContaining({ key: 'MG_PROVISION_PASSS', wanted: 'MG_PROVISION_PASS' }),
      ]),
    );
    expect(JSON.stringify(result)).not.toMatch(/hunter[23]/);
  });

  test("variables that docker sets for no one are told, others' are not", () => {
    const result = load(undefined, {
      MG_PROVISION_USER: 'u',
      MG_PROVISION_CERTS_RSA_BITS: '2048',
      MG_OTHER: '1',
    });
    expect(warned(result)).toEqual(
      expect.arrayContaining(['MG_PROVISION_USER', 'MG_PROVISION_CERTS_RSA_BITS']),
    );
    expect(result.warnings.find(({ key }) => key === 'MG_PROVISION_USER')?.wanted).toBe(
      'MG_PROVISION_USERNAME',
    );
    expect(warned(result)).not.toContain('MG_OTHER');
  });

  test('inside metadata, content, values and render context anything goes', () => {
    const text = `[bootstrap]\nprofile_id = "p"\ncontent = { any = 1 }\nrender_context = { thing = 2 }\nvalues = { x = 3 }\n${LAYOUT}`;
    expect(warned(load(text)).filter((key) => /any|thing|\.x$/.test(key))).toEqual([]);
  });
});

describe('credentials', () => {
  test.each([
    ['nothing', {}, 'none'],
    ['a key', { MG_PROVISION_API_KEY: 'k' }, 'api_key'],
    ['user and password', { MG_PROVISION_USERNAME: 'u', MG_PROVISION_PASS: 'p' }, 'password'],
    [
      'all three',
      { MG_PROVISION_API_KEY: 'k', MG_PROVISION_USERNAME: 'u', MG_PROVISION_PASS: 'p' },
      'api_key',
    ],
    ['a key and half the rest', { MG_PROVISION_API_KEY: 'k', MG_PROVISION_USERNAME: 'u' }, 'api_key'],
  ])('%s', (_, env, kind) => {
    expect(config(undefined, env as Record<string, string>).credentials.kind).toBe(kind);
  });

  test('half of user and password is a problem', () => {
    expect(problems(undefined, { MG_PROVISION_USERNAME: 'u' })).toMatchObject([
      { key: 'MG_PROVISION_USERNAME' },
    ]);
    expect(problems('[server]\nmg_pass = "p"')).toMatchObject([{ key: 'server.mg_pass', line: 2 }]);
  });

  test('warn that anybody may use them, unless that is switched off', () => {
    const warns = (env: Record<string, string>) =>
      load(undefined, env).warnings.some(({ message }) => message.includes('CAN PROVISION'));
    expect(warns({ MG_PROVISION_API_KEY: 'k' })).toBe(true);
    expect(warns({ MG_PROVISION_RECOVERY_API_KEY: 'k' })).toBe(false);
    expect(warns({ MG_PROVISION_API_KEY: 'k', MG_PROVISION_ALLOW_ANONYMOUS: 'false' })).toBe(false);
    expect(warns({})).toBe(false);
  });
});

describe('requests without a token', () => {
  const allowed = (env: Record<string, string>) => config(undefined, env).server.allowAnonymous;
  const builtin = { MG_PROVISION_CERTS_BACKEND: 'builtin' };

  test('are accepted by default in the set-up of the original only', () => {
    expect(allowed({})).toBe(true);
    expect(allowed({ MG_PROVISION_CERTS_BACKEND: 'magistrala' })).toBe(true);
    expect(allowed(builtin)).toBe(false);
    expect(allowed({ ...builtin, MG_PROVISION_ENROLMENT: 'off' })).toBe(false);
    expect(allowed({ ...builtin, MG_PROVISION_ALLOW_ANONYMOUS: 'true' })).toBe(true);
  });

  test('may be accepted beside the built-in authority, with a warning', () => {
    const { warnings } = load(undefined, {
      ...builtin,
      MG_PROVISION_ALLOW_ANONYMOUS: 'true',
      MG_PROVISION_API_KEY: 'k',
    });
    expect(warnings).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('CAN PROVISION') }),
    );
  });
});

describe('credentials for recovery', () => {
  test('stand apart from those for callers', () => {
    const both = { MG_PROVISION_API_KEY: 'k', MG_PROVISION_RECOVERY_API_KEY: 'r' };
    expect(config(undefined, both)).toMatchObject({
      credentials: { kind: 'api_key' },
      recoveryCredentials: { kind: 'api_key' },
    });
    const { credentials, recoveryCredentials } = config(undefined, {
      MG_PROVISION_RECOVERY_USERNAME: 'u',
      MG_PROVISION_RECOVERY_PASS: 'p',
    });
    expect([credentials.kind, recoveryCredentials.kind]).toEqual(['none', 'password']);
  });

  test('are a user and a password, or a token', () => {
    expect(problems(undefined, { MG_PROVISION_RECOVERY_USERNAME: 'u' })).toMatchObject([
      { key: 'MG_PROVISION_RECOVERY_USERNAME' },
    ]);
  });
});

describe('TLS verification', () => {
  test.each([
    [undefined, {}, true],
    ['[server]\ntls = true', {}, true],
    ['[server]\ntls = true', { MG_PROVISION_ENV_CLIENTS_TLS: 'false' }, true],
    ['[server]\ntls = false', {}, false],
    [undefined, { MG_PROVISION_ENV_CLIENTS_TLS: 'false' }, false],
    [undefined, { MG_PROVISION_ENV_CLIENTS_TLS: '' }, true],
  ])('%j with %j', (text, env, verify) => {
    const result = load(text, env as Record<string, string>);
    expect(result.ok && result.config.outbound.tls.verify).toBe(verify);
    expect(result.warnings.some(({ message }) => message.startsWith('TLS VERIFICATION IS OFF'))).toBe(
      !verify,
    );
  });
});

describe('whitelisting without a bootstrap configuration', () => {
  const OFF = { MG_PROVISION_BS_CONFIG_PROVISIONING: 'false' };

  test('is off by itself when no one asked for it', () => {
    const result = load(undefined, OFF);
    expect(result).toMatchObject({
      ok: true,
      config: { provisioning: { bootstrap: false, configurationEnabled: false } },
    });
    expect(result.warnings).toEqual([]);
  });

  test('is a problem when someone did, judged after the merge', () => {
    expect(problems(undefined, { ...OFF, MG_PROVISION_BS_AUTO_WHITELIST: 'true' })).toMatchObject([
      { key: 'MG_PROVISION_BS_AUTO_WHITELIST' },
    ]);
    expect(problems('[bootstrap]\nprovision = false\nautowhite_list = true')).toMatchObject([
      { key: 'bootstrap.autowhite_list', line: 3 },
    ]);
    expect(
      problems('[bootstrap]\nprovision = true', { ...OFF, MG_PROVISION_BS_AUTO_WHITELIST: 'true' }),
    ).toEqual([]);
    expect(
      problems('[bootstrap]\nautowhite_list = false', { ...OFF, MG_PROVISION_BS_AUTO_WHITELIST: 'true' }),
    ).toEqual([]);
  });
});

test.each([
  [{ MG_PROVISION_SERVER_CERT: 'c' }, 'MG_PROVISION_SERVER_CERT'],
  [{ MG_PROVISION_SERVER_KEY: 'k' }, 'MG_PROVISION_SERVER_KEY'],
  [{ MG_AUTH_GRPC_URL: 'a:1', MG_AUTH_GRPC_CLIENT_CERT: 'c' }, 'MG_AUTH_GRPC_CLIENT_CERT'],
])('%j lacks its other half', (env, key) => {
  expect(problems(undefined, env as unknown as Record<string, string>).map((problem) => problem.key)).toEqual(
    [key],
  );
});

test.each([
  [{ MG_AUTH_GRPC_CLIENT_CERT: 'c', MG_AUTH_GRPC_CLIENT_KEY: 'k' }, 'MG_AUTH_GRPC_CLIENT_CERT'],
  [{ MG_AUTH_GRPC_SERVER_CA_CERTS: 'ca' }, 'MG_AUTH_GRPC_SERVER_CA_CERTS'],
  [
    { MG_AUTH_GRPC_URL: 'a:1', MG_AUTH_GRPC_CLIENT_CERT: 'c', MG_AUTH_GRPC_CLIENT_KEY: 'k' },
    'MG_AUTH_GRPC_CLIENT_CERT',
  ],
  [{ MG_PROVISION_EXTERNAL_KEY_IN_METADATA: 'true' }, 'MG_PROVISION_EXTERNAL_KEY_IN_METADATA'],
])('%j has a warning', (env, key) => {
  expect(warned(load(undefined, env as unknown as Record<string, string>))).toContain(key);
});

describe('waiting for the platform', () => {
  const LEASE = { MG_PROVISION_RECOVERY_LEASE: '20s' };

  test('leaves a tenth of the lease of its run, whichever of the two is set', () => {
    expect(problems(undefined, { ...LEASE, MG_PROVISION_OUTBOUND_TIMEOUT: '18s' })).toEqual([]);
    expect(problems(undefined, { ...LEASE, MG_PROVISION_OUTBOUND_TIMEOUT: '19s' })).toMatchObject([
      {
        key: 'MG_PROVISION_RECOVERY_LEASE',
        found: '19s, and a lease of 20s',
        wanted: 'a lease of at least 22s, or less time for an answer',
      },
    ]);
    expect(problems('[server]\noutbound_timeout = "14s"')).toMatchObject([
      { key: 'server.outbound_timeout', line: 2 },
    ]);
    expect(problems('[state]\nrecovery_lease = "11s"')).toMatchObject([{ key: 'state.recovery_lease' }]);
  });

  test('does not matter without a platform', () => {
    const env = { MG_PROVISION_PLATFORM: 'none', MG_PROVISION_CERTS_BACKEND: 'builtin' };
    expect(problems(undefined, { ...env, MG_PROVISION_RECOVERY_LEASE: '5s' })).toEqual([]);
  });
});

describe("callers' tokens on their way to the auth service", () => {
  const warns = (url: string, env: Record<string, string> = {}) =>
    load(undefined, { MG_AUTH_GRPC_URL: url, ...env }).warnings.some(
      ({ key, message }) => key === 'MG_AUTH_GRPC_URL' && message.includes('WITHOUT TLS'),
    );

  test('are warned of without TLS, unless they stay on this machine', () => {
    expect(warns('auth:7001')).toBe(true);
    expect(warns('[2001:db8::1]:7001')).toBe(true);
    for (const url of ['localhost:7001', '127.0.0.1:7001', '[::1]:7001']) expect(warns(url)).toBe(false);
    expect(warns('auth:7001', { MG_PROVISION_PLATFORM: 'none', MG_PROVISION_CERTS_BACKEND: 'builtin' })).toBe(
      false,
    );
  });

  test.each(['ca.pem', 'system'])('are not warned of with the trust anchors %s', (anchors) => {
    expect(warns('auth:7001', { MG_AUTH_GRPC_SERVER_CA_CERTS: anchors })).toBe(false);
  });
});
