import { expect, it } from '@jest/globals';
import { loadConfig } from '@org/layout-config';
import { helpText } from '../../src/program/help.js';

it('the help says what wins where file and environment differ', () => {
  const file = { path: 'config.toml', text: '[server]\nport = 1234\n' };
  const loaded = loadConfig({ env: { MG_PROVISION_HTTP_PORT: '4321' }, file });
  expect(loaded.ok && loaded.config.server.port).toBe(1234);
  expect(helpText('provision-http', 'Serves.')).toContain('takes precedence');
});
