import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Problem, describeConfig } from '@org/layout-config';
import { readConfiguration } from '../../src/index.js';
import { openssl } from '../openssl.js';

interface Pair {
  readonly cert: string;
  readonly key: string;
}
function makePair(keyOptions = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']): Pair {
  const key = openssl(['genpkey', '-algorithm', ...keyOptions], {});
  const cert = openssl(['req', '-x509', '-key', 'k', '-subj', '/CN=plant.test', '-days', '1'], { k: key });
  return { cert, key };
}

let own: Pair;
let other: Pair;
beforeAll(() => {
  [own, other] = [makePair(), makePair()];
});

const read = (env: Record<string, string>, files: Record<string, string | Buffer> = {}) =>
  readConfiguration({
    env,
    readFile(path) {
      if (path === 'locked.pem') throw Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES' });
      return files[path];
    },
  });
function problems(env: Record<string, string>, files?: Record<string, string | Buffer>): readonly Problem[] {
  const result = read(env, files);
  return result.ok ? [] : result.problems;
}
const HTTP = { MG_PROVISION_SERVER_CERT: 'cert.pem', MG_PROVISION_SERVER_KEY: 'key.pem' };
const AUTH = { MG_AUTH_GRPC_URL: 'auth:7001', MG_AUTH_GRPC_SERVER_CA_CERTS: 'ca.pem' };

describe('certificates and keys', () => {
  it('are read from files and from inline texts, for both apps and for the platform', () => {
    const result = read(
      {
        MG_PROVISION_SERVER_CERT: own.cert + other.cert,
        MG_PROVISION_SERVER_KEY: 'key.pem',
        MG_PROVISION_GRPC_CERT: 'cert.pem',
        MG_PROVISION_GRPC_KEY: own.key,
        MG_PROVISION_CA_CERTS: 'ca.pem',
        MG_AUTH_GRPC_CLIENT_CERT: 'cert.pem',
        MG_AUTH_GRPC_CLIENT_KEY: 'key.pem',
        ...AUTH,
      },
      { 'cert.pem': own.cert, 'key.pem': own.key, 'ca.pem': `# ours\n${other.cert}` },
    );
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { server, grpc, outbound, auth } = result.config;
    expect([server.tls!.cert, server.tls!.key.reveal()]).toEqual([own.cert + other.cert, own.key]);
    expect([grpc.tls!.cert, grpc.tls!.key.reveal()]).toEqual([own.cert, own.key]);
    expect(outbound.tls.ca).toBe(other.cert);
    expect([auth.grpc!.clientCert, auth.grpc!.clientKey!.reveal()]).toEqual([own.cert, own.key]);
    expect([auth.grpc!.tls, auth.grpc!.serverCaCerts]).toEqual([true, outbound.tls.ca]);
  });

  it.each([
    ['Windows line ends and blanks', (text: string) => text.replaceAll('\n', ' \r\n')],
    ['the line ends of an old Mac', (text: string) => text.replaceAll('\n', '\r')],
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['a comment in Latin-1', (text: string) => Buffer.from(`# f\xfcr uns\n${text}`, 'latin1')],
    ['the older label', (text: string) => text.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')],
    ['DER', (text: string) => Buffer.from(text.replaceAll(/-----.*-----/g, ''), 'base64')],
  ])('with %s are read like plain ones', (_, written) => {
    const result = read(HTTP, { 'cert.pem': written(own.cert), 'key.pem': written(own.key) });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { tls } = result.config.server;
    expect([tls!.cert, tls!.key.reveal()]).toEqual([own.cert, own.key]);
  });

  it('with what OpenSSL adds are read: trust, text, parameters of the curve', () => {
    const trusted = openssl(['x509', '-in', 'c', '-trustout', '-addtrust', 'serverAuth', '-text'], {
      c: own.cert,
    });
    const parameters = openssl(['ecparam', '-name', 'prime256v1'], {});
    const result = read(HTTP, { 'cert.pem': trusted, 'key.pem': parameters + own.key });
    expect(result.ok && result.config.server.tls).toMatchObject({ cert: own.cert });
    expect(trusted).toContain('BEGIN TRUSTED CERTIFICATE');
  });

  it('in a variable may have \\n for the ends of their lines', () => {
    const oneLine = (text: string) => text.replaceAll('\n', '\\n');
    const env = { MG_PROVISION_SERVER_CERT: oneLine(own.cert), MG_PROVISION_SERVER_KEY: oneLine(own.key) };
    const result = read(env);
    expect(result.ok && result.config.server.tls).toMatchObject({ cert: own.cert });
  });

  it('that are damaged are told with what is wrong with them', () => {
    const found = (cert: string) => problems(HTTP, { 'cert.pem': cert, 'key.pem': own.key });
    expect(found('')).toMatchObject([{ found: 'There is no PEM block here (-----BEGIN …-----).' }]);
    expect(found(own.key)).toMatchObject([{ message: 'there is no certificate in it', found: 'none' }]);
    expect(found(own.cert.replace('-----END', '----END'))).toMatchObject([
      { found: 'The PEM block "CERTIFICATE" does not end with -----END CERTIFICATE-----.' },
    ]);
    expect(found(own.cert.replace('M', '*'))).toMatchObject([
      { found: 'The PEM block "CERTIFICATE" is not base64.' },
    ]);
  });

  it('that cannot be read are named where they stand, together with all other problems', () => {
    const text = '[server]\nport = 99999\nserver_cert = "nope.pem"\nserver_key = "locked.pem"\n';
    const env = { MG_PROVISION_GRPC_CERT: 'gone.pem', MG_PROVISION_GRPC_KEY: 'gone.key' };
    expect(problems({ ...env, MG_PROVISION_CONFIG_FILE: 'my.toml' }, { 'my.toml': text })).toMatchObject([
      { key: 'server.port', file: 'my.toml', line: 2 },
      { key: 'server.server_cert', file: 'my.toml', line: 3, found: 'no such file' },
      { key: 'server.server_key', file: 'my.toml', line: 4, found: 'EACCES' },
      { key: 'MG_PROVISION_GRPC_CERT' },
      { key: 'MG_PROVISION_GRPC_KEY' },
    ]);
  });

  it('that are none are named too', () => {
    const host = { 'cert.pem': 'plant\n', 'key.pem': 'plant\n', 'ca.pem': 'plant\n' };
    const keys = (env: Record<string, string>) => problems(env, host).map(({ key }) => key);
    expect(keys({ ...HTTP, ...AUTH, MG_PROVISION_CA_CERTS: 'ca.pem' })).toEqual([
      'MG_PROVISION_SERVER_CERT',
      'MG_PROVISION_SERVER_KEY',
      'MG_PROVISION_CA_CERTS',
      'MG_AUTH_GRPC_SERVER_CA_CERTS',
    ]);
  });

  it('that TLS would refuse are refused', () => {
    const weak = makePair(['RSA', '-pkeyopt', 'rsa_keygen_bits:1024']);
    const cut = own.cert.replace(/\n.{64}\n/, '\n');
    const locked = openssl(['ec', '-in', 'k', '-aes128', '-passout', 'pass:x'], { k: own.key });
    const found = (cert: string, key: string) => problems(HTTP, { 'cert.pem': cert, 'key.pem': key });
    expect(found(own.cert, other.key)).toMatchObject([
      { key: 'MG_PROVISION_SERVER_KEY', message: expect.stringContaining('MG_PROVISION_SERVER_CERT') },
    ]);
    expect(found(own.cert + cut, own.key)).toMatchObject([
      { message: expect.stringContaining('certificate 2') },
    ]);
    expect(found(own.cert, locked)).toMatchObject([{ wanted: expect.stringContaining('passphrase') }]);
    expect(found(weak.cert, weak.key)).toMatchObject([{ found: 'ee key too small' }]);
    expect(found(own.cert, own.key)).toEqual([]);
  });

  it('show nothing of what was pasted in their place', () => {
    const lines = own.key.split('\n').slice(1, -2);
    for (const pasted of [lines.join(''), own.key, own.key.replace('\n', '\nM')]) {
      const env = { MG_PROVISION_SERVER_KEY: pasted, MG_PROVISION_GRPC_CERT: own.key };
      const files = { 'cert.pem': own.key };
      const result = read({ ...env, MG_PROVISION_SERVER_CERT: 'cert.pem' }, files);
      expect(result.ok).toBe(false);
      for (const line of lines) expect(describeConfig(result)).not.toContain(line);
    }
  });

  it('without effect are left alone', () => {
    const { MG_AUTH_GRPC_SERVER_CA_CERTS } = AUTH;
    expect(read({ MG_AUTH_GRPC_SERVER_CA_CERTS }).ok).toBe(true);
  });

  it("of the platform's authorities may be those of the system", () => {
    const result = read({ ...AUTH, MG_AUTH_GRPC_SERVER_CA_CERTS: 'system' });
    expect(result.ok && result.config.auth.grpc).toMatchObject({ tls: true, serverCaCerts: undefined });
  });

  it('are left alone by programs that serve nothing', () => {
    const result = readConfiguration({ env: HTTP, readFile: () => undefined }, { pemFiles: false });
    expect(result.ok).toBe(true);
  });
});
