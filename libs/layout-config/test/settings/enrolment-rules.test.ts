import { describe, expect, test } from '@jest/globals';
import { describeConfig, describeConfigJson, loadConfig } from '../../src/index.js';
import { config, load, problems, warned } from '../support.js';

const HASH = 'ab'.repeat(32);
const BUILTIN = {
  MG_PROVISION_CERTS_BACKEND: 'builtin',
  MG_PROVISION_VERIFICATION_URL: 'https://plant.test',
};

describe('enrolment', () => {
  test('is on where the built-in authority issues, unless switched off', () => {
    expect(config(undefined).enrolment.enabled).toBe(false);
    expect(config(undefined, BUILTIN).enrolment.enabled).toBe(true);
    expect(config(undefined, { ...BUILTIN, MG_PROVISION_ENROLMENT: 'off' }).enrolment.enabled).toBe(false);
    expect(config('[enrolment]\nenabled = false', BUILTIN).enrolment.enabled).toBe(false);
  });

  test.each([
    ['MG_PROVISION_ENROLMENT', 'on'],
    ['MG_PROVISION_PLATFORM', 'none'],
    ['MG_PROVISION_HTTP_TLS', 'builtin'],
  ])('%s=%s is refused without the authority that it needs', (name, value) => {
    expect(problems(undefined, { [name]: value })).toMatchObject([
      { key: name, wanted: 'MG_PROVISION_CERTS_BACKEND=builtin' },
    ]);
  });

  test('warns of a code that no one knows where to type in, where there are codes', () => {
    const warns = (env: Record<string, string>) =>
      warned(load(undefined, env)).some((key) => key.startsWith('MG_PROVISION_VERIFICATION_URL'));
    expect(warns({ MG_PROVISION_CERTS_BACKEND: 'builtin' })).toBe(true);
    expect(warns(BUILTIN)).toBe(false);
    expect(warns({})).toBe(false);
  });
});

test.each(['59s', '87841h'])('the built-in authority issues no certificates for %s', (lifetime) => {
  const key = 'MG_PROVISION_CERTS_HOURS_VALID';
  expect(problems(undefined, { ...BUILTIN, [key]: lifetime })).toMatchObject([
    { key, found: `"${lifetime}"` },
  ]);
  expect(problems(`[cert]\nttl = "${lifetime}"`, BUILTIN)).toMatchObject([{ line: 2 }]);
  expect(config(undefined, { [key]: lifetime }).provisioning.certTtl).toBe(lifetime);
});

test.each(['1m', '87840h'])('the built-in authority issues certificates for %s', (lifetime) => {
  const env = { ...BUILTIN, MG_PROVISION_CERTS_HOURS_VALID: lifetime };
  expect(config(undefined, env).provisioning.certTtl).toBe(lifetime);
});

describe('operators', () => {
  test('are a list in the file', () => {
    const text = `[enrolment]\noperator_tokens = ["ana:${HASH}", "ben:${HASH}"]`;
    expect(config(text).enrolment.operators.map(({ name }) => name)).toEqual(['ana', 'ben']);
  });

  test('need names of their own', () => {
    const tokens = `ana:${HASH},ana:${'cd'.repeat(32)},ben:${HASH}`;
    expect(problems(undefined, { MG_PROVISION_OPERATOR_TOKENS: tokens })).toMatchObject([
      { key: 'MG_PROVISION_OPERATOR_TOKENS', found: '"ana"' },
    ]);
    expect(problems(`[enrolment]\noperator_tokens = "${tokens}"`)).toMatchObject([{ line: 2 }]);
  });

  test('are shown by name, and what was pasted in their place not at all', () => {
    const shown = (value: string) => {
      const result = load(undefined, { MG_PROVISION_OPERATOR_TOKENS: value });
      return describeConfig(result) + JSON.stringify(describeConfigJson(result));
    };
    expect(shown(`ana:${HASH}`)).toContain('ana');
    expect(shown(`ana:${HASH}`)).not.toContain(HASH);
    expect(shown('ana:the-token-itself')).not.toContain('the-token-itself');
  });

  test.each([
    ['there is no platform and no one is named', { MG_PROVISION_PLATFORM: 'none' }, 'no one can approve'],
    [
      'they would need credentials that the service lacks',
      { MG_PROVISION_OPERATOR_TOKENS: `ana:${HASH}` },
      'cannot act',
    ],
  ])('warn when %s', (_, env, words) => {
    const warns = (more: Record<string, string>) =>
      load(undefined, { ...BUILTIN, ...env, ...more }).warnings.some(({ message }) =>
        message.includes(words),
      );
    expect(warns({})).toBe(true);
    expect(warns({ MG_PROVISION_OPERATOR_TOKENS: `ana:${HASH}`, MG_PROVISION_API_KEY: 'k' })).toBe(false);
  });
});

test.each([
  [{ MG_PROVISION_GRPC_TLS: 'off' }, 'MG_PROVISION_GRPC_TLS', /NO TLS/],
  [{ MG_PROVISION_LEGACY_DEVICES: 'true' }, 'MG_PROVISION_LEGACY_DEVICES', /bound to no key/],
  [
    { MG_PROVISION_LEGACY_DEVICES_ANY_ADDRESS: 'true' },
    'MG_PROVISION_LEGACY_DEVICES_ANY_ADDRESS',
    /no effect/,
  ],
  [
    { MG_PROVISION_LEGACY_DEVICES: 'true', MG_PROVISION_LEGACY_DEVICES_ANY_ADDRESS: 'true' },
    'MG_PROVISION_LEGACY_DEVICES_ANY_ADDRESS',
    /from anywhere/,
  ],
])('%j is warned of', (env, key, message) => {
  const { warnings } = load(undefined, env as unknown as Record<string, string>);
  expect(warnings).toContainEqual(
    expect.objectContaining({ key, severity: 'warning', message: expect.stringMatching(message) }),
  );
});

test('members whose rights no one can tell are warned of where devices enrol', () => {
  const warns = (env: Record<string, string>) =>
    load(undefined, env).warnings.some(({ message }) => message.includes('rights of members'));
  expect(warns(BUILTIN)).toBe(true);
  expect(warns({})).toBe(false);
  expect(warns({ ...BUILTIN, MG_PROVISION_ENROLMENT: 'off' })).toBe(false);
  expect(warns({ ...BUILTIN, MG_PROVISION_PLATFORM: 'none' })).toBe(false);
  expect(warns({ ...BUILTIN, MG_AUTH_GRPC_URL: 'auth:7001' })).toBe(false);
});

describe('the HTTP app without TLS', () => {
  const warns = (env: Record<string, string>, text?: string) =>
    load(text, env).warnings.some(({ message }) => message.includes('HTTP APP USES NO TLS'));

  test('is warned of where devices enrol, unless it is seen by this machine or a proxy only', () => {
    expect(warns(BUILTIN)).toBe(true);
    expect(warns(BUILTIN, '[server]\nhost = "::"')).toBe(true);
    expect(warns({})).toBe(false);
    expect(warns({ ...BUILTIN, MG_PROVISION_ENROLMENT: 'off' })).toBe(false);
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(warns({ ...BUILTIN, MG_PROVISION_HTTP_HOST: host })).toBe(false);
    expect(warns({ ...BUILTIN, MG_PROVISION_TRUSTED_PROXIES: '10.0.0.7' })).toBe(false);
  });

  test('is not warned of where it has TLS', () => {
    expect(warns({ ...BUILTIN, MG_PROVISION_HTTP_TLS: 'builtin' })).toBe(false);
    const own = { MG_PROVISION_SERVER_CERT: 'c', MG_PROVISION_SERVER_KEY: 'k' };
    expect(warns({ ...BUILTIN, ...own })).toBe(false);
  });
});

test.each([
  [{ MG_PROVISION_HTTP_TLS: 'builtin', MG_PROVISION_SERVER_CERT: 'c', MG_PROVISION_SERVER_KEY: 'k' }],
  [{ MG_PROVISION_GRPC_TLS: 'off', MG_PROVISION_GRPC_CERT: 'c', MG_PROVISION_GRPC_KEY: 'k' }],
])('%j is one certificate too many', (env) => {
  const found = problems(undefined, { ...BUILTIN, ...(env as unknown as Record<string, string>) });
  expect(found).toMatchObject([{ key: Object.keys(env)[0] }]);
});

describe('the names in certificates of servers', () => {
  const names = (env: Record<string, string>, hostName?: string) => {
    const result = loadConfig({ env, ...(hostName !== undefined && { hostName }) });
    return result.ok && [result.config.server.names, result.config.grpc.names];
  };
  const LOCAL = ['localhost', '127.0.0.1', '::1'];

  test("are localhost's and the machine's, where it has a usable one", () => {
    expect(names({}, 'Press-7')).toEqual([
      [...LOCAL, 'press-7'],
      [...LOCAL, 'press-7'],
    ]);
    expect(names({}, 'localhost')).toEqual([LOCAL, LOCAL]);
    expect(names({}, 'press_7')).toEqual([LOCAL, LOCAL]);
  });

  test('are those that are configured, for the gRPC app also its own', () => {
    const both = { MG_PROVISION_SERVER_NAMES: 'plant.test' };
    expect(names(both, 'press-7')).toEqual([['plant.test'], ['plant.test']]);
    expect(names({ ...both, MG_PROVISION_GRPC_NAMES: 'enrol.test' }, 'press-7')).toEqual([
      ['plant.test'],
      ['enrol.test'],
    ]);
  });
});
