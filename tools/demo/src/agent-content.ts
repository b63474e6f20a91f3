import type { JsonObject } from '@org/domain';
import { check } from '@org/harness';

/** What Magistrala's agent takes from bootstrap content. */
export interface AgentSettings {
  readonly dataChannel: string;
  readonly controlChannel: string;
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  /** Undefined: the agent's own setting is used. */
  readonly mqttUrl: string | undefined;
}

/**
 * Reads content as today's Magistrala agent does, and stops where that agent would (Magistrala wire §8.4):
 * both channels and the domain are needed, and a password where it does not connect by certificate.
 */
export function readAsAgent(content: string): AgentSettings {
  const json = parse(content);
  const first = (...paths: readonly string[]): string | undefined =>
    paths.map((path) => valueAt(json, path)).find((value) => value !== undefined);
  const needed = (...paths: readonly string[]): string => {
    const value = first(...paths);
    check(
      value !== undefined,
      `the agent would refuse this content: neither ${paths.join(' nor ')} is there`,
    );
    return value;
  };
  return {
    dataChannel: needed('telemetry.channel_id', 'channels.data_id'),
    controlChannel: needed('commands.channel_id', 'channels.ctrl_id'),
    username: needed('mqtt.client_id', 'mqtt.username'),
    password: needed('mqtt.secret', 'mqtt.password'),
    domain: needed('domain_id'),
    mqttUrl: first('mqtt.url'),
  };
}

function parse(content: string): JsonObject {
  try {
    return Object(JSON.parse(content)) as JsonObject;
  } catch {
    throw new Error('the agent would refuse this content: it is no JSON');
  }
}

function valueAt(json: JsonObject, path: string): string | undefined {
  const value = path.split('.').reduce<unknown>((at, key) => (Object(at) as JsonObject)[key], json);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
