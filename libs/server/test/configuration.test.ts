import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig } from '@org/layout-config';
import { localFiles } from '@org/store';
import { type HostEnvironment, readConfiguration } from '../src/index.js';

const surroundings = (env: Record<string, string>, files: Record<string, string> = {}): HostEnvironment => ({
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

  it('names a file that cannot be read where it was configured, together with all other problems', () => {
    const folder = mkdtempSync(join(tmpdir(), 'provision-configuration-'));
    const env = { MG_PROVISION_CONFIG_FILE: folder, MG_PROVISION_HTTP_PORT: 'high' };
    const loaded = readConfiguration({ env, ...localFiles });
    rmSync(folder, { recursive: true });
    expect(loaded).toMatchObject({
      ok: false,
      problems: [
        { key: 'MG_PROVISION_CONFIG_FILE', file: folder, found: 'EISDIR' },
        { key: 'MG_PROVISION_HTTP_PORT' },
      ],
    });
    expect(describeConfig(loaded)).toContain(
      'MG_PROVISION_CONFIG_FILE: the configuration file cannot be read',
    );
  });
});

describe('a folder of layouts', () => {
  const layout = '[[clients]]\nname = "sensor"\n[clients.metadata]\nexternal_id = ""\n';
  const read = (more: Partial<HostEnvironment>) =>
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
