import { expect, test } from '@jest/globals';
import { Report } from '@org/domain';
import type { TomlDocument } from '../../src/text/toml-document.js';
import { readToml } from '../../src/text/toml.js';

const read = (text: string): TomlDocument => readToml({ path: 'config.toml', text }, new Report());

test('a moved value is told where it was written, and tables on its way are made', () => {
  const moved = read('[server]\nmqtt_url = "a"\n').withMoved(
    ['server', 'mqtt_url'],
    ['bootstrap', 'values', 'mqtt_url'],
  );
  expect(moved.value).toEqual({ server: {}, bootstrap: { values: { mqtt_url: 'a' } } });
  expect(moved.subject(['bootstrap', 'values', 'mqtt_url'])).toEqual({
    key: 'bootstrap.values.mqtt_url',
    file: 'config.toml',
    line: 2,
    column: 1,
  });
});

test('a value is moved into an entry of a list, and the other entries stay', () => {
  const document = read('[[clients]]\nname = "a"\n[[clients]]\nname = "b"\n[client.metadata]\nx = 1\n');
  expect(document.withMoved(['client', 'metadata'], ['clients', 1, 'metadata']).value).toEqual({
    client: {},
    clients: [{ name: 'a' }, { name: 'b', metadata: { x: 1 } }],
  });
});
