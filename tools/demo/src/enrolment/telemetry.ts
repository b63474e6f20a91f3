import type { AgentSettings } from '../agent-content.js';
import { type GatewayCredentials, connectGateway, publish } from '../broker/gateway-client.js';
import { check, type DeviceAgent } from '@org/harness';
import type { Enrolling } from './enrolling.js';
import { identityOf } from './kept.js';

/** What the broker did; no secrets. */
export interface TelemetryReport {
  readonly url: string;
  readonly topic: string;
  readonly payload: string;
  readonly wrongSecretRefused: true;
  readonly otherChannelRefused: true;
}

const PAYLOAD = JSON.stringify([{ bn: 'press-9:', n: 'temperature', u: 'Cel', v: 21.5 }]);

/** What runs on the gateway beside the agent connects with what the agent has got. */
export async function credentialsOf(
  agent: DeviceAgent,
  { mqttUrl = '', username, password }: AgentSettings,
): Promise<GatewayCredentials> {
  const { certificate, bundle, key, root } = await identityOf(agent);
  // On a device's disk they are two files, as mecha-agent has them.
  return { url: mqttUrl, username, password, certificate: certificate + bundle, key, root };
}

/** One message to the gateway's own channel, and what must not get through. */
export async function telemetry(
  { steps, stage, broker, agent }: Enrolling,
  settings: AgentSettings,
): Promise<TelemetryReport> {
  const credentials = await credentialsOf(agent, settings);
  const topicOf = (channel: string) => `m/${settings.domain}/c/${channel}/msg`;
  const topic = topicOf(settings.dataChannel);
  await steps.run('It sent telemetry over MQTT', async (note) => {
    const client = await connectGateway(credentials);
    await publish(client, topic, PAYLOAD);
    await client.endAsync();
    const got = broker.messages.find((message) => message.topic === topic);
    check(got?.clientId === settings.username && got.payload === PAYLOAD, 'the broker has not got it');
    note('with its certificate, client id and secret');
  });
  await steps.run("A wrong secret is refused, and another's channel", async () => {
    const password = `${settings.password}x`;
    check(await isRefused({ ...credentials, password }), 'the broker lets a wrong secret in');
    const { channels } = stage.emulator.inventory(settings.domain);
    const other = channels.find(({ name }) => name === 'press-7_data')!;
    const client = await connectGateway(credentials);
    const refusal = await publish(client, topicOf(other.id), PAYLOAD).catch((error: unknown) => error);
    await client.endAsync(true);
    check(refusal instanceof Error, 'it may publish where another gateway does');
    check(broker.messages.length === 1, 'refused, but something has got through');
  });
  const payload = PAYLOAD;
  return { url: credentials.url, topic, payload, wrongSecretRefused: true, otherChannelRefused: true };
}

export async function isRefused(credentials: GatewayCredentials): Promise<boolean> {
  try {
    await (await connectGateway(credentials)).endAsync(true);
    return false;
  } catch (error) {
    if (/Connection refused: Not authorized/.test(String(error))) return true;
    throw error;
  }
}
