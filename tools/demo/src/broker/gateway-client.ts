import { type MqttClient, connectAsync } from 'mqtt';

export interface GatewayCredentials {
  /** `ssl://host:port` */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM, as it was provisioned: with the authorities behind it. */
  readonly certificate: string;
  readonly key: string;
  readonly root: string;
}

/** Connects as Magistrala's agent does: the client's id is its user name. @throws Error when the broker refuses */
export function connectGateway({
  url,
  username,
  certificate,
  ...rest
}: GatewayCredentials): Promise<MqttClient> {
  const { password, key, root } = rest;
  // What Go programs call ssl is called mqtts by others.
  return connectAsync(url.replace(/^ssl:/, 'mqtts:'), {
    ...{ clientId: username, username, password, cert: certificate, key, ca: root },
    // Once: a refusal is an answer.
    reconnectPeriod: 0,
  });
}

/** Publishes, and waits for the broker's word. @throws Error when it hangs up instead, which is how MQTT 3.1.1 refuses */
export async function publish(client: MqttClient, topic: string, payload: string): Promise<void> {
  const hungUp = new Promise<never>((_, reject) =>
    client.once('close', () => reject(new Error('the broker has hung up'))),
  );
  await Promise.race([client.publishAsync(topic, payload, { qos: 1 }), hungUp]);
}
