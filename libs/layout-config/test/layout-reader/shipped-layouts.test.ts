import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@org/domain';
import { type Layout, renderContent } from '../../src/layout/index.js';
import { config, load, problems } from '../support.js';

const layoutFile = (name: string) =>
  readFileSync(new URL(`../../layouts/${name}.toml`, import.meta.url), 'utf8');
const MQTT = { MG_PROVISION_MQTT_URL: 'ssl://mq.plant.test:8883' };

/** What today's agent makes of content, or why it stops (Magistrala wire §8.4). */
function readAsAgent(text: string): Record<string, string> {
  const content = JSON.parse(text) as JsonObject;
  const first = (...paths: string[]) =>
    paths
      .map((path) =>
        path.split('.').reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], content),
      )
      .find((value) => typeof value === 'string' && value !== '') as string | undefined;
  const needed = (...paths: string[]) => {
    const value = first(...paths);
    if (value === undefined) throw new Error(`malformed entity specification: ${paths[0]}`);
    return value;
  };
  return {
    data: needed('telemetry.channel_id', 'channels.data_id'),
    control: needed('commands.channel_id', 'channels.ctrl_id'),
    username: needed('mqtt.client_id', 'mqtt.username'),
    password: needed('mqtt.secret', 'mqtt.password'),
    domain: needed('domain_id'),
    url: first('mqtt.url') ?? 'localhost:1883',
  };
}

function contentOf({ content, clients, channels }: Layout): string {
  return JSON.stringify(
    renderContent(content!, {
      domainId: 'dom',
      externalId: 'ext "1"',
      name: 'press-7',
      clients: clients.map(({ name }) => ({ id: `id-${name}`, name, secret: `secret-${name}` })),
      channels: channels.map(({ name }) => ({ id: `id-${name}`, name })),
    }),
  );
}

describe('agent.toml', () => {
  test("yields what today's agent accepts", () => {
    expect(readAsAgent(contentOf(config(layoutFile('agent'), MQTT).layout))).toEqual({
      data: 'id-data',
      control: 'id-control',
      username: 'id-gateway',
      password: 'secret-gateway',
      domain: 'dom',
      url: 'ssl://mq.plant.test:8883',
    });
  });

  test('loads without a warning', () => {
    expect(load(layoutFile('agent'), MQTT)).toMatchObject({ ok: true, warnings: [{ severity: 'note' }] });
  });
});

test("the built-in layout and content are accepted by today's agent too, with its own MQTT address if need be", () => {
  expect(readAsAgent(contentOf(config(undefined).layout))).toMatchObject({
    data: 'id-data-channel',
    control: 'id-control-channel',
    username: 'id-client',
    url: 'localhost:1883',
  });
});

test('content like that of the compose sample is what the agent refuses', () => {
  expect(() => readAsAgent('{"agent":{"mqtt":{"url":"x"}},"export":{}}')).toThrow('malformed entity');
});

test('gateway.toml shows clients, channels, a profile and bindings, and loads without a warning', () => {
  const result = load(layoutFile('gateway'));
  expect(result).toMatchObject({ ok: true, warnings: [] });
  expect(result.ok && result.config.layout).toMatchObject({
    clients: [{ name: 'agent', isGateway: true }, { name: 'exporter' }],
    channels: [{ type: 'control' }, { type: 'data' }, { type: 'export' }],
    bindings: [
      { slot: 'agent', type: 'client', target: 0 },
      { slot: 'exporter', type: 'client', target: 1 },
      { slot: 'commands', type: 'channel', target: 0 },
      { slot: 'telemetry', type: 'channel', target: 1 },
    ],
  });
  expect(problems(layoutFile('gateway'))).toEqual([]);
});
