import { describe, expect, it } from '@jest/globals';
import { formatProblem } from '@org/domain';
import { loadSettings } from '../../src/settings/index.js';

const load = (text: string, env: Record<string, string> = {}) =>
  loadSettings({ file: { path: 'settings.yml', text }, env, home: '/home/mecha' });

const problemsOf = (text: string, env?: Record<string, string>): string[] => {
  const result = load(text, env);
  return result.ok ? [] : result.problems.map(formatProblem);
};

const warningsOf = (text: string, env?: Record<string, string>): string[] =>
  load(text, env).warnings.map(formatProblem);

describe('settings that are to go together', () => {
  it('are warned of when they are dangerous, and refused when they cannot work', () => {
    expect(problemsOf('server: { url: 0.0.0.0 }')).toEqual([
      expect.stringMatching(/^settings\.yml:1:11 server\.url: .*deprovision the device .*server\.token\)$/),
    ]);
    for (const served of ['token: a long text', 'enabled: false'])
      expect(problemsOf(`server: { url: 0.0.0.0, ${served} }`)).toEqual([]);
    expect(warningsOf('server: { url: "::1" }')).toEqual([]);
    expect(warningsOf('provisioning: { server_url: "http://10.0.0.1" }')).toEqual([
      expect.stringContaining('without TLS'),
    ]);
    expect(warningsOf('provisioning: { server_url: "http://127.0.0.1:80" }')).toEqual([]);
    expect(warningsOf('', { MG_AGENT_BOOTSTRAP_EXTERNAL_ID: 'a' })).toEqual([
      expect.stringContaining('wanted bootstrap.url and bootstrap.external_key'),
    ]);
    const plain = 'grpc_url: "http://10.0.0.1:9017"';
    expect(problemsOf(`provisioning: { ${plain} }`)).toEqual([
      expect.stringMatching(/grpc_url: without TLS/),
    ]);
    expect(warningsOf(`provisioning: { ${plain}, allow_plaintext: true }`)).toEqual([
      expect.stringMatching(/grpc_url: without TLS/),
    ]);
    expect(problemsOf('provisioning: { grpc_url: "http://localhost:9017" }')).toEqual([]);
    const elsewhere = 'cert_sign_url: v1/sign';
    const said = expect.stringMatching(
      /^settings\.yml:1:\d+ provisioning\.cert_sign_url: .*found "v1\/sign"; wanted a path such as \/v1/,
    );
    expect(problemsOf(`provisioning: { ${elsewhere} }`)).toEqual([said]);
    const unused = `provisioning: { ${elsewhere}, grpc_url: "https://10.0.0.1:9017" }`;
    expect(problemsOf(unused)).toEqual([]);
    expect(warningsOf(unused)).toEqual([said]);
    expect(problemsOf('server: { tls: true }')).toEqual([expect.stringContaining('TLS is not offered')]);
    expect(
      problemsOf('provisioning: { paths: { root: { cert: /a }, ca_bundle: { cert: /b/../a } } }'),
    ).toEqual([expect.stringContaining('two files cannot have the same path')]);
  });

  it('are listed with all other problems, as far as they were understood', () => {
    const text = `logging: { level: loud }
server: { url: 0.0.0.0 }
provisioning: { grpc_url: "http://10.0.0.1:9017", key_algorithm: DSA }
bootstrap: { external_id: a, external_key: [b] }
`;
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^settings\.yml:3:\d+ provisioning\.key_algorithm: /),
      expect.stringMatching(/^settings\.yml:1:\d+ logging\.level: .*found "loud"/),
      expect.stringMatching(/^settings\.yml:4:\d+ bootstrap\.external_key: /),
      expect.stringMatching(/^settings\.yml:2:\d+ server\.url: .*deprovision the device/),
      expect.stringMatching(/^settings\.yml:3:\d+ provisioning\.grpc_url: without TLS/),
    ]);
    // Whether the key is there is not known: nothing is said about its being absent.
    expect(warningsOf(text)).toEqual([]);
  });

  it('are not judged by what was not understood', () => {
    const cert =
      'paths: { machine: { cert: ~/a/machine.pem }, root: { cert: ~/.mecha/agent/certs/machine.pem } }';
    for (const [text, key] of [
      ['server: { url: 0.0.0.0, token: [x] }', 'server.token'],
      ['server: 0.0.0.0', 'server'],
      ['provisioning: { grpc_url: "http://10.0.0.1:9017", allow_plaintext: perhaps }', 'allow_plaintext'],
      ['provisioning: { server_url: "ftp://x", cert_sign_url: "https://x/sign" }', 'server_url'],
      [`provisioning: { ${cert} }\ndata: { dir: [x] }`, 'data.dir'],
      ['bootstrap: { cache_path: /a }\nprovisioning: { paths: { root: { cert: /a }, csr: 5 } }', 'root.cert'],
      ['server: { url: 0.0.0.0 ', '(syntax)'],
    ] as const) {
      expect({ text, problems: problemsOf(text) }).toEqual({
        text,
        problems: [expect.stringContaining(key)],
      });
    }
    expect(problemsOf('provisioning: 5', { MECHA_AGENT_GRPC_URL: 'http://10.0.0.1:9017' })).toEqual([
      expect.stringContaining('this is a section'),
    ]);
    expect(warningsOf('bootstrap: 5', { MG_AGENT_BOOTSTRAP_EXTERNAL_ID: 'a' })).toEqual([]);
  });

  it('send renewals to what is below the address of the server, and nowhere else', () => {
    const server = 'server_url: https://a.example/api';
    for (const url of ['/sign', 'https://a.example/api/sign'])
      expect(problemsOf(`provisioning: { ${server}, cert_sign_url: "${url}" }`)).toEqual([]);
    for (const url of ['sign', '', '//b.example/sign', '@b.example/', 'https://a.example/sign', '/../sign']) {
      expect(problemsOf(`provisioning: { ${server}, cert_sign_url: "${url}" }`)).toEqual([
        expect.stringMatching(
          /settings\.yml:1:\d+ provisioning\.cert_sign_url: .*below https:\/\/a\.example\/api\//,
        ),
      ]);
    }
  });
});
