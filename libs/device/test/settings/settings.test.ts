import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Secret, formatProblem } from '@org/domain';
import {
  type AgentSettings,
  defaultSettingsFile,
  expandHome,
  loadSettings,
  settingsFilePath,
} from '../../src/settings/index.js';

const HOME = '/home/mecha';

const load = (text: string, env: Record<string, string> = {}) =>
  loadSettings({ file: { path: 'settings.yml', text }, env, home: HOME });

function settingsOf(text: string, env?: Record<string, string>): AgentSettings {
  const result = load(text, env);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.settings;
}

const problemsOf = (text: string, env?: Record<string, string>): string[] => {
  const result = load(text, env);
  return result.ok ? [] : result.problems.map(formatProblem);
};

const warningsOf = (text: string, env?: Record<string, string>): string[] =>
  load(text, env).warnings.map(formatProblem);

const DEFAULTS = settingsOf('');

describe('settings.yml', () => {
  it('has the documented defaults', () => {
    expect(DEFAULTS).toMatchObject({
      provisioning: {
        serverUrl: 'http://localhost:3000',
        certSignUrl: '/v1/provisioning/cert/sign',
        keyKind: 'P-256',
      },
      paths: {
        privateKey: '/home/mecha/.mecha/openssl/ecdsa/key.pem',
        csr: '/home/mecha/.mecha/openssl/ecdsa/csr.pem',
        cert: '/home/mecha/.mecha/agent/certs/machine.pem',
        caBundle: '/home/mecha/.mecha/agent/certs/ca_bundle.pem',
        root: '/home/mecha/.mecha/agent/certs/root.pem',
      },
      local: { listen: { host: '127.0.0.1', port: 3001 }, token: undefined },
      health: undefined,
      bootstrap: {
        baseUrl: undefined,
        attempts: 5,
        retryDelayMs: 10_000,
        verifyTls: true,
        cachePath: '/var/lib/agent/bootstrap.json',
        configPath: 'agent-config.json',
      },
      mqtt: { url: 'localhost:1883', mtls: false },
    });
  });

  it('may have the form of the documentation', () => {
    const settings = settingsOf(`
provisioning:
  server_url: http://localhost:3000
  cert_sign_url: /v1/provisioning/cert/sign
  paths:
    machine:
      private_key: ~/.mecha/openssl/ecdsa/key.pem
      csr: ~/.mecha/openssl/ecdsa/csr.pem
      cert: ~/.mecha/agent/certs/machine.pem
    server:
      cert: ~/.mecha/agent/certs/server.pem
    ca_bundle:
      cert: ~/.mecha/agent/certs/ca_bundle.pem
    root:
      cert: ~/.mecha/agent/certs/root.pem
`);
    expect(settings).toEqual(DEFAULTS);
  });

  it('may have the form of an installation of the dev branch, without a warning', () => {
    const text = `
version: 1.0
server: { url: 0.0.0.0, port: 3007, tls: false, token: secret }
logging: { enabled: true, level: debug, path: "" }
provisioning:
  server_url: https://provision.example/api/
  cert_sign_url: /cert-sign
  paths:
    machine: { private_key: /srv/a/machine.key, csr: /srv/a/machine.csr, cert: /srv/a/machine.pem }
    server: { cert: /srv/a/server.pem }
    ca_bundle: { cert: /srv/a/ca_bundle.pem }
    root: { cert: /srv/a/root.pem }
messaging:
  system: { url: "nats://127.0.0.1:4222", enabled: true }
  service_urls: { base_url: http://127.0.0.1:3000, get_nonce: /v1/x, issue_auth_token: /v1/y }
settings: { storage: { type: file, path: /srv/a/db } }
status: { time_interval_sec: 60 }
networking: { disco_addr: 127.0.0.1:15150, enabled: false, wireguard: { tun: wg0, port: 51820 } }
telemetry: { enabled: false, collect: { system: false, user: false } }
`;
    expect(settingsOf(text)).toMatchObject({
      provisioning: { serverUrl: 'https://provision.example/api', certSignUrl: '/cert-sign' },
      paths: { privateKey: '/srv/a/machine.key', root: '/srv/a/root.pem' },
      local: { listen: { host: '0.0.0.0', port: 3007 } },
      logging: { level: 'debug', path: undefined },
    });
    expect(warningsOf(text)).toEqual([]);
  });

  it('may have the form of the development branch, or the names of the example file', () => {
    const development = `
grpc: { enabled: true, addr: 127.0.0.1, port: 7776, tls: false }
logging: { enabled: true, path: ~/agent.log, level: warn }
backend: { service: https://provision.example, messaging: nats://nats.example:4222 }
data: { dir: ~/elsewhere }
status: { enabled: true, interval: 60 }
networking: { enabled: false, discovery: { addr: 0.0.0.0, port: 1 } }
telemetry: { enabled: false }
`;
    expect(settingsOf(development)).toMatchObject({
      provisioning: { serverUrl: 'https://provision.example' },
      local: { listen: { host: '127.0.0.1', port: 7776 } },
      logging: { path: '/home/mecha/agent.log' },
      paths: {
        privateKey: '/home/mecha/elsewhere/openssl/ecdsa/key.pem',
        cert: '/home/mecha/elsewhere/agent/certs/machine.pem',
        state: '/home/mecha/elsewhere/agent/state',
      },
    });
    expect(warningsOf(development)).toEqual([]);
    const example = `
sentry: { enabled: false, dsn: x }
provisioning: { paths: { device: { cert: /a/cert.pem }, intermediate: { cert: /a/bundle.pem } } }
`;
    expect(settingsOf(example).paths).toMatchObject({ cert: '/a/cert.pem', caBundle: '/a/bundle.pem' });
    expect(warningsOf(example)).toEqual([]);
  });

  it("takes the variables of Magistrala's agent, which win over the file", () => {
    const settings = settingsOf('bootstrap: { external_id: from file, retries: 3 }', {
      MG_AGENT_BOOTSTRAP_URL: 'https://bs.example/clients/bootstrap/',
      MG_AGENT_BOOTSTRAP_EXTERNAL_ID: '33:52:77:99:43',
      MG_AGENT_BOOTSTRAP_EXTERNAL_KEY: 'sesame',
      MG_AGENT_BOOTSTRAP_RETRIES: '0',
      MG_AGENT_BOOTSTRAP_RETRY_DELAY_SECONDS: '2',
      MG_AGENT_BOOTSTRAP_SKIP_TLS: 'TRUE',
      MG_AGENT_BOOTSTRAP_CACHE_PATH: '~/bootstrap.json',
      MG_AGENT_CONFIG_PATH: '',
      MG_AGENT_MQTT_URL: 'ssl://mqtt.example:8883',
    });
    expect(settings.bootstrap).toMatchObject({
      baseUrl: 'https://bs.example',
      externalId: '33:52:77:99:43',
      attempts: 1,
      retryDelayMs: 2000,
      verifyTls: false,
      cachePath: '/home/mecha/bootstrap.json',
      configPath: 'agent-config.json',
    });
    expect(settings.bootstrap.externalKey!.reveal()).toBe('sesame');
    expect(settings.mqtt.url).toBe('ssl://mqtt.example:8883');
    expect(inspect(settings, { depth: 9 })).not.toContain('sesame');
  });

  it('listens on a Unix socket when told to', () => {
    expect(settingsOf('server: { url: "unix:~/agent.sock" }').local!.listen).toEqual({
      socket: '/home/mecha/agent.sock',
    });
    expect(settingsOf('server: { enabled: false }').local).toBeUndefined();
    expect(settingsOf('health: { port: 0 }').health).toEqual({ listen: { host: '127.0.0.1', port: 0 } });
    expect(settingsOf('health: { url: localhost }').health).toBeUndefined();
    expect(settingsOf('health: { url: "unix:/run/health.sock" }').health).toEqual({
      listen: { socket: '/run/health.sock' },
    });
  });

  it('can name a token for the private key, whose PIN is not said there', () => {
    expect(DEFAULTS.pkcs11).toBeUndefined();
    const named = 'module: /usr/lib/libtoken.so, token: device';
    const pin = { MECHA_AGENT_PKCS11_PIN: 'sesame' };
    const inFile = `key_store: { pkcs11: { ${named}, pin_file: ~/pin } }`;
    expect(settingsOf(inFile).pkcs11).toEqual({
      ...{ module: '/usr/lib/libtoken.so', token: 'device' },
      pin: { file: '/home/mecha/pin' },
    });
    const settings = settingsOf(inFile, pin);
    expect((settings.pkcs11!.pin as Secret).reveal()).toBe('sesame');
    expect(inspect(settings, { depth: 9 })).not.toContain('sesame');
    expect(warningsOf(`key_store: { pkcs11: { ${named}, pin: "1234" } }`, pin)).toEqual([
      expect.stringMatching(/found pin; wanted one of module, token, pin_file/),
    ]);
    for (const [part, wanted, env] of [
      [named, 'wanted the variable MECHA_AGENT_PKCS11_PIN or key_store.pkcs11.pin_file)', {}],
      ['token: device', 'wanted key_store.pkcs11.module)', pin],
      ['module: /x.so', 'wanted key_store.pkcs11.token)', pin],
      ['pin_file: /x', 'wanted key_store.pkcs11.module and key_store.pkcs11.token)', {}],
    ] as const) {
      expect(problemsOf(`key_store: { pkcs11: { ${part} } }`, env)).toEqual([
        expect.stringContaining(wanted),
      ]);
    }
  });

  it('can name a proxy, and hosts that are reached without it; what many programs read counts last', () => {
    const file = 'proxy: { url: "http://plant:sesame@proxy.example:3128", except: "a, b" }';
    const settings = settingsOf(file, { https_proxy: 'http://other:1', NO_PROXY: 'c' });
    expect(settings.proxies).toMatchObject({
      proxy: { host: 'proxy.example', port: 3128, from: 'proxy.url' },
      noProxy: ['a', 'b'],
    });
    expect(settings.proxies!.proxy.credentials!.reveal()).toBe('plant:sesame');
    expect(inspect(settings, { depth: 9 })).not.toContain('sesame');
    const variables = { HTTPS_PROXY: 'upper:1', https_proxy: 'lower:1', NO_PROXY: 'c' };
    expect(settingsOf('', variables).proxies).toMatchObject({
      proxy: { host: 'lower', from: 'https_proxy' },
      noProxy: ['c'],
    });
    expect(settingsOf(file, { MECHA_AGENT_HTTPS_PROXY: 'own:1' }).proxies!.proxy.host).toBe('own');
    expect(settingsOf('proxy: { url: none }', variables).proxies).toBeUndefined();
    expect(settingsOf('', { http_proxy: 'x:1', ALL_PROXY: 'x:1' }).proxies).toBeUndefined();
  });

  it('lists every problem at once, with file, line, key, what was found and what is wanted', () => {
    const text = `server:
  port: 70000
  url: "not an address"
provisioning:
  server_url: localhost:3000
  key_algorithm: DSA
  paths:
    machine:
      cert: ~somebody/cert.pem
bootstrap:
  retries: many
  encryption_key: hunter2
  url: [a]
logging: loud
`;
    const problems = problemsOf(text, { MG_AGENT_BOOTSTRAP_SKIP_TLS: 'perhaps' });
    expect(problems).toEqual([
      'settings.yml:14:1 logging: this is a section (found a value; wanted keys below it, indented)',
      'settings.yml:5:3 provisioning.server_url: the value does not fit (found "localhost:3000"; wanted an http:// or https:// address without user, query or fragment)',
      'settings.yml:6:3 provisioning.key_algorithm: the value does not fit (found "DSA"; wanted one of P-256, RSA-2048, RSA-3072)',
      'settings.yml:9:7 provisioning.paths.machine.cert: the value does not fit (found "~somebody/cert.pem"; wanted a path such as /etc/mecha/key.pem or ~/.mecha/key.pem)',
      'settings.yml:3:3 server.url: the value does not fit (found "not an address"; wanted an IP address, a host name, or unix:/path/of/socket)',
      'settings.yml:2:3 server.port: the value does not fit (found 70000; wanted a port from 1 to 65535, or 0 for any free one)',
      expect.stringContaining('settings.yml:13:3 bootstrap.url: the value does not fit (found a list;'),
      'settings.yml:12:3 bootstrap.encryption_key: the value does not fit (found a value that is not shown; wanted a text of 16, 24 or 32 bytes)',
      expect.stringContaining('settings.yml:11:3 bootstrap.retries: the value does not fit (found "many";'),
      'MG_AGENT_BOOTSTRAP_SKIP_TLS: the value does not fit (found "perhaps"; wanted true or false)',
    ]);
  });

  it('warns of unknown keys with the nearest known one', () => {
    expect(
      warningsOf(`provisoning: { server_url: https://x }
provisioning:
  paths: { machine: { private_kee: /x } }
  sever_url: https://x
colour: blue
`),
    ).toEqual([
      expect.stringMatching(/^settings\.yml:1:1 provisoning: .*perhaps provisioning\)$/),
      expect.stringMatching(/^settings\.yml:3:23 .*perhaps provisioning\.paths\.machine\.private_key\)$/),
      expect.stringMatching(/^settings\.yml:4:3 .*perhaps provisioning\.server_url\)$/),
      expect.stringMatching(/^settings\.yml:5:1 colour: .*wanted one of provisioning,/),
    ]);
  });

  it('says where YAML cannot be read, without quoting it', () => {
    const text = 'bootstrap:\n  external_key: "hunter2\n  url: x: y: z\nserver: [';
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(/^settings\.yml:\d+:\d+ \(syntax\): /);
    expect(problems.join()).not.toContain('hunter2');
    expect(problemsOf('a: 1\na: 2')[0]).toMatch(/^settings\.yml:2:1 /);
    expect(problemsOf('a: *nowhere')).toHaveLength(1);
    for (const text of ['- a', 'words', '42'])
      expect(problemsOf(text)).toEqual([expect.stringContaining('no list of')]);
    for (const text of ['', '# nothing', '---', 'server:', '\uFEFFserver:\n  port:\n']) {
      expect(settingsOf(text)).toEqual(DEFAULTS);
    }
  });

  it('must exist when someone named it', () => {
    const file = { path: '/x.yml', text: undefined };
    const named = loadSettings({ file: { ...file, explicit: true }, env: {}, home: HOME });
    expect(named).toMatchObject({
      ok: false,
      problems: [{ key: '/x.yml', message: expect.stringContaining('no such') }],
    });
    const unnamed = loadSettings({ file, env: {}, home: HOME });
    expect(unnamed).toMatchObject({ ok: true, settings: DEFAULTS, warnings: [{ key: '/x.yml' }] });
  });

  it('is looked for where it was said', () => {
    const env = { MECHA_AGENT_SETTINGS_PATH: '~/b.yml' };
    expect(settingsFilePath({ argument: '~/a.yml', env, home: HOME })).toEqual({
      path: '/home/mecha/a.yml',
      explicit: true,
    });
    expect(settingsFilePath({ env, home: HOME })).toEqual({ path: '/home/mecha/b.yml', explicit: true });
    expect(settingsFilePath({ env: {}, home: HOME })).toEqual({
      path: '/home/mecha/.mecha/agent/settings.yml',
      explicit: false,
    });
    expect(expandHome('a/~/b', HOME)).toBe('a/~/b');
    expect(expandHome('~', HOME)).toBe(HOME);
    expect(expandHome('~x', HOME)).toBeUndefined();
  });

  it('never throws, whatever the text', () => {
    const key = fc.constantFrom(
      'server',
      'provisioning',
      'paths',
      'port',
      '__proto__',
      'constructor',
      'x',
      '&a',
      '*a',
    );
    const value = fc.constantFrom('', '1', '[', '{', '"', '~', '- x', '!!binary x', '1e999', 'null', '*a');
    const line = fc
      .tuple(fc.constantFrom('', '  ', '    ', '\t'), key, value)
      .map(([i, k, v]) => `${i}${k}: ${v}`);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          const result = load(text);
          expect(result.ok || result.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the settings file that init writes', () => {
  it('is the same as none', () => {
    expect(settingsOf(defaultSettingsFile())).toEqual(DEFAULTS);
    expect(warningsOf(defaultSettingsFile())).toEqual([]);
  });

  it('is still good when every comment becomes a setting', () => {
    const text = defaultSettingsFile().replace(/^( *)# (\w+:(?: .*)?)$/gm, '$1$2');
    expect(text).not.toBe(defaultSettingsFile());
    expect(problemsOf(text)).toEqual([]);
    expect(settingsOf(text)).toMatchObject({
      provisioning: { grpcUrl: 'https://provision.example:7443' },
      bootstrap: { externalId: '33:52:77:99:43' },
      health: { listen: { port: 3002 } },
    });
  });

  it('has the keys of the documentation, and says what each is for', () => {
    expect(defaultSettingsFile()).toContain(`
      # Private key. It never leaves this device.
      private_key: ~/.mecha/openssl/ecdsa/key.pem
`);
  });
});
