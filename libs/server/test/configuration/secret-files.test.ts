import { describe, expect, it } from '@jest/globals';
import { describeConfig } from '@org/layout-config';
import { readConfiguration } from '../../src/configuration/read.js';

const KEY = '0f'.repeat(32);
const FILES: Readonly<Record<string, string | Buffer>> = {
  '/run/secrets/state-key': `${KEY}\n`,
  '/run/secrets/url': '\ufeffpostgres://provision:hunter2@db/provision\r\n',
  '/run/secrets/empty': '\n',
  '/run/secrets/binary': Buffer.from([0xff, 0x00, 0xfe]),
};
const read = (env: Record<string, string>) =>
  readConfiguration({
    env,
    readFile(path) {
      if (path === '/run/secrets/forbidden') throw Object.assign(new Error(), { code: 'EACCES' });
      return FILES[path];
    },
  });
const stateKey = (path: string) => read({ MG_PROVISION_STATE_KEY_FILE: path });

describe('secrets in files', () => {
  it('are read, without line ends and byte order marks, and shown nowhere', () => {
    const result = read({
      MG_PROVISION_STATE_KEY_FILE: '/run/secrets/state-key',
      MG_PROVISION_DATABASE_URL_FILE: '/run/secrets/url',
    });
    expect(result).toMatchObject({ ok: true });
    if (!result.ok) return;
    expect(result.config.state.key!.reveal()).toBe(KEY);
    expect(result.config.state.url!.reveal()).toBe('postgres://provision:hunter2@db/provision');
    expect(describeConfig(result)).not.toMatch(/hunter2|0f0f/);
  });

  it.each([
    ['/run/secrets/none', 'no such file'],
    ['/run/secrets/empty', 'an empty file'],
    ['/run/secrets/forbidden', 'EACCES'],
  ])('%s: %s, and the setting is named', (path, found) => {
    expect(stateKey(path)).toMatchObject({
      ok: false,
      problems: [{ key: 'MG_PROVISION_STATE_KEY_FILE', found, message: expect.stringContaining(path) }],
    });
  });

  it('that are no text are a problem', () => {
    expect(stateKey('/run/secrets/binary')).toMatchObject({
      ok: false,
      problems: [{ key: 'MG_PROVISION_STATE_KEY_FILE' }],
    });
  });

  it('are a problem beside the variable itself', () => {
    const both = {
      MG_PROVISION_STATE_KEY: KEY,
      MG_PROVISION_STATE_KEY_FILE: '/run/secrets/state-key',
    };
    expect(read(both)).toMatchObject({
      ok: false,
      problems: [{ key: 'MG_PROVISION_STATE_KEY_FILE', message: 'MG_PROVISION_STATE_KEY is set too' }],
    });
  });

  it('are for secrets only', () => {
    const result = read({ MG_PROVISION_HTTP_PORT_FILE: '/run/secrets/state-key' });
    expect(result.warnings).toContainEqual(
      expect.objectContaining({
        key: 'MG_PROVISION_HTTP_PORT_FILE',
        message: 'the variable is not known and has no effect',
      }),
    );
  });
});
