import { expect, test } from '@jest/globals';
import { Report } from '@org/domain';
import { modernise } from '../../src/document/obsolete.js';
import { readToml } from '../../src/text/toml.js';

test('bringing a document into the shape of today leaves it as it was', () => {
  const text =
    '[server]\nLogLevel = "warn"\nmg_user = ""\n[bootstrap]\ncontent = ""\n[[clients]]\nname = "a"\n[client.metadata]\nx = 1\n';
  const document = readToml({ path: 'config.toml', text }, new Report());
  const before = structuredClone(document.value);
  const modern = modernise(document, {}, new Report());
  expect(modern.value).toEqual({
    server: { log_level: 'warn' },
    bootstrap: {},
    clients: [{ name: 'a', metadata: { x: 1 } }],
  });
  expect(document.value).toEqual(before);
});
