import { describe, expect, it } from '@jest/globals';
import { type Surroundings, readConfiguration, readPemFiles } from '../src/index.js';

const surroundings = (env: Record<string, string>, files: Record<string, string> = {}): Surroundings => ({
  env,
  readFile: (path) => files[path],
});

describe('readConfiguration', () => {
  it('reads the file that the environment names', () => {
    const loaded = readConfiguration(
      surroundings({ MG_PROVISION_CONFIG_FILE: 'my.toml' }, { 'my.toml': '[server]\nport = 1234\n' }),
    );
    expect(loaded.ok && loaded.config.server.port).toBe(1234);
  });
});

describe('a folder of layouts', () => {
  const layout = '[[clients]]\nname = "sensor"\n[clients.metadata]\nexternal_id = ""\n';
  const read = (more: Partial<Surroundings>) =>
    readConfiguration({
      ...surroundings(
        { MG_PROVISION_LAYOUTS: 'layouts' },
        { 'layouts/b.toml': layout, 'layouts/a.toml': layout },
      ),
      ...more,
    });

  it('is read: every TOML file that is not hidden', () => {
    const names = ['b.toml', '.b.toml', 'notes.md', 'a.toml'];
    const loaded = read({ listFolder: (path) => (path === 'layouts' ? names : undefined) });
    expect(loaded.ok && [...loaded.config.layouts.keys()]).toEqual(['a', 'b']);
    expect(loaded.ok && loaded.config.layouts.get('a')!.clients).toMatchObject([{ name: 'sensor' }]);
  });

  it('must be there', () => {
    expect(read({ listFolder: () => undefined })).toMatchObject({
      ok: false,
      problems: [{ key: 'MG_PROVISION_LAYOUTS' }],
    });
  });
});

describe('readPemFiles', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const read = (env: Record<string, string>, files: Record<string, string> = {}) => {
    const loaded = readConfiguration(surroundings(env, files));
    if (!loaded.ok) throw new Error('bad test');
    return readPemFiles(loaded.config, surroundings(env, files));
  };

  it('takes paths and inline texts', () => {
    const env = {
      MG_PROVISION_SERVER_CERT: PEM,
      MG_PROVISION_SERVER_KEY: 'key.pem',
      MG_PROVISION_CA_CERTS: 'ca.pem',
    };
    const config = read(env, { 'key.pem': 'the key', 'ca.pem': PEM });
    expect(config.server.tls!.cert).toBe(PEM);
    expect(config.server.tls!.key.reveal()).toBe('the key');
    expect(config.outbound.tls.ca).toBe(PEM);
  });

  it('reads those of the gRPC app too', () => {
    const env = { MG_PROVISION_GRPC_CERT: 'c.pem', MG_PROVISION_GRPC_KEY: 'key.pem' };
    const { tls } = read(env, { 'c.pem': PEM, 'key.pem': 'the key' }).grpc;
    expect([tls!.cert, tls!.key.reveal()]).toEqual([PEM, 'the key']);
    expect(() => read(env, { 'c.pem': PEM })).toThrow(/^MG_PROVISION_GRPC_KEY: /);
  });

  it('names all that cannot be read, never what was written there', () => {
    const env = { MG_PROVISION_SERVER_CERT: 'MIIpastedkey', MG_PROVISION_SERVER_KEY: 'MIIpastedkey' };
    expect(() => read(env)).toThrow(/^MG_PROVISION_SERVER_CERT, MG_PROVISION_SERVER_KEY: (?!.*MIIpasted)/);
  });
});
