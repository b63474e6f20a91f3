import { describe, expect, it } from '@jest/globals';
import type { Secret } from '@org/domain';
import { loadSettings } from '../../src/settings/index.js';

const HOME = '/home/mecha';

const load = (text: string | Buffer, env: Record<string, string> = {}) =>
  loadSettings({ file: { path: 'settings.yml', text }, env, home: HOME });

describe('a settings.yml of another system', () => {
  const text = '# made by hand\ndevice:\n  model: "Gerät 7" # ours\nserver:\n  port: 3002\n';

  it.each([
    ['Windows line ends', text.replaceAll('\n', '\r\n')],
    ['the line ends of an old Mac', text.replaceAll('\n', '\r')],
    ['a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('with %s is read as the plain one is', (_, other) => {
    const result = load(other);
    expect(result).toEqual(load(text));
    expect(result.ok && result.settings.device.model).toBe('Gerät 7');
  });

  it('that is no UTF-8 is refused where that begins', () => {
    expect(load(Buffer.from(text, 'latin1'))).toMatchObject({
      ok: false,
      problems: [{ key: '(syntax)', line: 3, column: 14, message: expect.stringContaining('not UTF-8') }],
    });
  });
});

it('variables do not keep the line end of the file that they come from', () => {
  const env = {
    MECHA_AGENT_GRPC_URL: 'https://a.example:9017\r\n',
    MECHA_AGENT_PKCS11_PIN: '1234\r',
  };
  const result = load('key_store: { pkcs11: { module: /x.so, token: x } }', env);
  const { provisioning, pkcs11 } = result.ok ? result.settings : {};
  expect(provisioning?.grpcUrl).toBe('https://a.example:9017');
  expect((pkcs11?.pin as Secret).reveal()).toBe('1234');
});
