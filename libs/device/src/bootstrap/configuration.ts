import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { BootstrapAnswer } from '@org/bootstrap-client';
import { type JsonValue, type ProvisionError, Secret, invalid, isJsonObject } from '@org/domain';

/** What a gateway needs to talk to Magistrala. */
export interface GatewayConfiguration {
  readonly domainId: string;
  /** Telemetry goes here. */
  readonly dataChannelId: string;
  /** Commands come from here. */
  readonly controlChannelId: string;
  readonly mqtt: {
    readonly url: string;
    /** Also the MQTT client id. */
    readonly username: string | undefined;
    readonly password: Secret | undefined;
  };
  readonly certificate: { readonly cert: string; readonly key: Secret } | undefined;
  /** PEM */
  readonly caCert: string | undefined;
}

/** What stands in for what the configuration does not say. */
export interface BrokerDefaults {
  readonly url: string;
  /** The broker wants a client certificate; user and password may be absent. */
  readonly mtls: boolean;
}

/**
 * Reads an answer of the bootstrap service as Magistrala's agent does (Magistrala wire §8.4).
 *
 * @throws ProvisionError `invalid` (`bootstrap_content_unusable`) with everything that is missing in `details.missing`
 */
export function readConfiguration(answer: BootstrapAnswer, broker: BrokerDefaults): GatewayConfiguration {
  const content = parse(answer.content);
  const telemetry = section(content, 'telemetry');
  const commands = section(content, 'commands');
  const channels = section(content, 'channels');
  const mqtt = section(content, 'mqtt');
  const password = text(mqtt['secret']) ?? text(mqtt['password']);
  const { clientCert: cert, clientKey: key, caCert } = answer;
  const partial = {
    domainId: text(content['domain_id']),
    dataChannelId: text(telemetry['channel_id']) ?? text(channels['data_id']),
    controlChannelId: text(commands['channel_id']) ?? text(channels['ctrl_id']),
    mqtt: {
      url: text(mqtt['url']) ?? broker.url,
      username: text(mqtt['client_id']) ?? text(mqtt['username']),
      password: password === undefined ? undefined : new Secret(password),
    },
    certificate: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    caCert,
  };
  return complete(partial, broker);
}

/** Everything may still be missing. */
type PartialConfiguration = Omit<GatewayConfiguration, 'domainId' | 'dataChannelId' | 'controlChannelId'> & {
  readonly domainId: string | undefined;
  readonly dataChannelId: string | undefined;
  readonly controlChannelId: string | undefined;
};

/** @throws ProvisionError `invalid` (`bootstrap_content_unusable`) */
export function complete(partial: PartialConfiguration, { mtls }: BrokerDefaults): GatewayConfiguration {
  const { domainId, dataChannelId, controlChannelId, mqtt, certificate } = partial;
  const wanted: [boolean, string][] = [
    [domainId !== undefined, 'domain_id'],
    [dataChannelId !== undefined, 'telemetry.channel_id'],
    [controlChannelId !== undefined, 'commands.channel_id'],
    [mtls || mqtt.username !== undefined, 'mqtt.client_id'],
    [mtls || mqtt.password !== undefined, 'mqtt.secret'],
    [!mtls || certificate !== undefined, 'client_cert and client_key'],
  ];
  const missing = wanted.flatMap(([isThere, name]) => (isThere ? [] : [name]));
  if (missing.length > 0) throw unusable(`it lacks ${missing.join(', ')}`, missing);
  if (certificate && !belongTogether(certificate))
    throw unusable('its client_key does not belong to its client_cert', []);
  return partial as GatewayConfiguration;
}

function belongTogether({ cert, key }: { readonly cert: string; readonly key: Secret }): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key.reveal()));
  } catch {
    return false;
  }
}

type Section = Readonly<Record<string, JsonValue | undefined>>;

function parse(content: Secret | undefined): Section {
  try {
    const value = JSON.parse(content?.reveal() ?? '') as JsonValue;
    if (isJsonObject(value)) return value;
  } catch {
    // Without the cause: messages of JSON.parse quote the text, which holds secrets.
  }
  throw unusable('its content is not the text of a JSON object', ['content']);
}

const section = (content: Section, name: string): Section => {
  const value = content[name];
  return isJsonObject(value) ? value : {};
};

const text = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const unusable = (why: string, missing: string[]): ProvisionError =>
  invalid('bootstrap_content_unusable', `The bootstrap configuration cannot be used: ${why}.`, {
    details: { missing },
  });
