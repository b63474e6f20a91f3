import { describe, expect, test } from '@jest/globals';
import {
  type ConfigFile,
  type LoadResult,
  describeConfig,
  describeConfigJson,
  loadConfig,
} from '../../src/index.js';
import { renderContent } from '../../src/layout/index.js';
import { LAYOUT, warned } from '../support.js';

const FOLDER = { MG_PROVISION_LAYOUTS: '/layouts' };

function load(files: Record<string, string>, main = '', env: Record<string, string> = {}): LoadResult {
  const found = Object.entries(files).map(([name, text]): ConfigFile => ({ path: `/layouts/${name}`, text }));
  const readFolder = (path: string) => (path === '/layouts' ? found : undefined);
  return loadConfig({ env: { ...FOLDER, ...env }, file: { path: 'config.toml', text: main }, readFolder });
}
function layouts(...args: Parameters<typeof load>) {
  const result = load(...args);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config.layouts;
}
const problems = (result: LoadResult) => (result.ok ? [] : result.problems);

describe('the folder of layouts', () => {
  test('gives each file as a layout of its name', () => {
    const sensor = '[[clients]]\nname = "sensor"\n[clients.metadata]\nexternal_id = ""\n';
    const found = layouts({ 'press.toml': LAYOUT, 'sensor-2.toml': sensor });
    expect([...found.keys()]).toEqual(['press', 'sensor-2']);
    expect(found.get('press')!.clients).toMatchObject([{ name: 'gw', isGateway: true }]);
    expect(found.get('sensor-2')!.clients).toMatchObject([{ name: 'sensor', isGateway: true }]);
    expect(Object.isFrozen(found.get('press')!.clients)).toBe(true);
  });

  test('is not needed, and must be there when it is named', () => {
    const without = loadConfig({ env: {} });
    expect(without.ok && without.config.layouts.size).toBe(0);
    expect(problems(load({}, '', { MG_PROVISION_LAYOUTS: '/nowhere' }))).toMatchObject([
      { key: 'MG_PROVISION_LAYOUTS', message: 'there is no such folder' },
    ]);
    const readFolder = () => {
      throw Object.assign(new Error('EACCES: /secret'), { code: 'EACCES' });
    };
    expect(problems(loadConfig({ env: FOLDER, readFolder }))).toMatchObject([{ found: 'EACCES' }]);
  });

  test('has its problems told by file, line and key, all at once, with those of the main file', () => {
    const bad = '[[clients]]\nname = 5\n';
    const found = problems(
      load({ 'a.toml': bad, 'b.toml': 'x = \n', 'a b.toml': LAYOUT }, '[server]\nport = "x"'),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: 'config.toml', line: 2, key: 'server.port' }),
        expect.objectContaining({ file: '/layouts/a.toml', line: 2, key: 'clients[0].name' }),
        expect.objectContaining({ file: '/layouts/b.toml', line: 1, key: '(syntax)' }),
        expect.objectContaining({ file: '/layouts/a b.toml', key: '(file name)' }),
      ]),
    );
  });

  test('warns of settings that have no effect there', () => {
    const result = load({ 'a.toml': `[server]\nport = 1\n${LAYOUT}` });
    expect(warned(result)).toContain('server.port');
    expect(result.ok && result.config.server.port).toBe(9016);
  });
});

describe('a further layout', () => {
  const CONTENT = '[bootstrap.content]\nsite = "${values.site}"\nmqtt = "${values.mqtt_url}"\n';
  const rendered = (found: ReturnType<typeof layouts>) =>
    renderContent(found.get('a')!.content!, {
      domainId: 'd',
      externalId: 'e',
      name: 'n',
      clients: [{ id: 'c', name: 'gw', secret: 's' }],
      channels: [
        { id: '1', name: 'control' },
        { id: '2', name: 'data' },
      ],
      certificates: new Map(),
    });

  test('shares the values of the main file where its own are silent', () => {
    const main = '[bootstrap.values]\nsite = "plant"\nmqtt_url = "ssl://main"\n';
    expect(rendered(layouts({ 'a.toml': CONTENT + LAYOUT }, main))).toEqual({
      site: 'plant',
      mqtt: 'ssl://main',
    });
    const own = '[bootstrap.values]\nsite = "yard"\n';
    expect(rendered(layouts({ 'a.toml': CONTENT + own + LAYOUT }, main))).toEqual({
      site: 'yard',
      mqtt: 'ssl://main',
    });
    const env = { MG_PROVISION_MQTT_URL: 'ssl://env' };
    expect(rendered(layouts({ 'a.toml': CONTENT + own + LAYOUT }, '', env))).toMatchObject({
      mqtt: 'ssl://env',
    });
  });

  test("has neither content nor profile of the main file's", () => {
    const main = `[bootstrap]\nprofile_id = "p"\n${LAYOUT}`;
    const found = layouts({ 'a.toml': LAYOUT }, main, { MG_PROVISION_BS_CONTENT: '{"main":1}' }).get('a')!;
    expect(found.profileId).toBeUndefined();
    expect(found.content!.source).toMatchObject({ domain_id: '${domain.id}' });
  });

  test('is shown by --check-config', () => {
    const result = load({ 'press.toml': LAYOUT });
    expect(describeConfig(result)).toContain('Layout press\n  ├─ client "gw"');
    expect(describeConfigJson(result)).toMatchObject({ layouts: { press: { clients: [{ name: 'gw' }] } } });
  });
});
