import type { BootstrapAnswer } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import { FileSet } from '../files/file-set.js';
import type { FileSystem } from '../files/file-system.js';
import { type BrokerDefaults, type GatewayConfiguration, complete } from './configuration.js';

interface BootstrapCacheOptions {
  /** `agent-config.json`: a flat map of texts, shared with Magistrala's agent (Magistrala wire §8.4). */
  readonly configPath: string;
  /** `bootstrap.json`: the service's answer. */
  readonly cachePath: string;
  /** Path of the file in which a change of both is noted. */
  readonly journalPath: string;
  readonly files: FileSystem;
}

export interface CachedConfiguration {
  /** Undefined when something that is needed is not there. */
  readonly configuration: GatewayConfiguration | undefined;
  /** False when someone has asked for a new fetch at the next start (`bs_valid` is "0"). */
  readonly valid: boolean;
  /** Whose configuration it is; undefined when Magistrala's agent wrote it, which does not say. */
  readonly externalId: string | undefined;
}

type Texts = Readonly<Record<string, string>>;

/**
 * The bootstrap configuration on the disk, in the files and forms of Magistrala's agent. Keys that this library does not
 * know stay as they are. Methods throw what FileSystem and FileSet do.
 */
export class BootstrapCache {
  readonly #set: FileSet<'config' | 'answer'>;

  constructor({ configPath, cachePath, journalPath, files }: BootstrapCacheOptions) {
    const paths = { config: configPath, answer: cachePath };
    this.#set = new FileSet({ paths, journal: journalPath, files });
  }

  recover(): Promise<void> {
    return this.#set.recover();
  }

  async read(broker: BrokerDefaults): Promise<CachedConfiguration> {
    const { config, answer } = await this.#set.read();
    const values = texts(config);
    const received = texts(answer);
    return {
      configuration: configurationOf(values, received, broker),
      valid: values['bs_valid'] !== '0',
      externalId: received['external_id'],
    };
  }

  async write(
    configuration: GatewayConfiguration,
    answer: BootstrapAnswer,
    externalId: string,
  ): Promise<void> {
    const { config } = await this.#set.read();
    const { domainId, dataChannelId, controlChannelId, mqtt } = configuration;
    await this.#set.commit({
      config: json({
        ...texts(config),
        domain_id: domainId,
        channels_ctrl_id: controlChannelId,
        channels_data_id: dataChannelId,
        mqtt_url: mqtt.url,
        mqtt_username: mqtt.username ?? '',
        mqtt_password: mqtt.password?.reveal() ?? '',
        bs_valid: '1',
      }),
      answer: json({
        id: answer.configId,
        content: answer.content?.reveal(),
        client_cert: answer.clientCert,
        client_key: answer.clientKey?.reveal(),
        ca_cert: answer.caCert,
        external_id: externalId,
      }),
    });
  }

  async remove(): Promise<void> {
    await this.#set.commit({ config: null, answer: null });
  }
}

function configurationOf(
  values: Texts,
  answer: Texts,
  broker: BrokerDefaults,
): GatewayConfiguration | undefined {
  const { client_cert: cert, client_key: key, ca_cert: caCert } = answer;
  const password = values['mqtt_password'];
  try {
    const partial = {
      domainId: values['domain_id'],
      dataChannelId: values['channels_data_id'],
      controlChannelId: values['channels_ctrl_id'],
      mqtt: {
        url: values['mqtt_url'] ?? broker.url,
        username: values['mqtt_username'],
        password: password === undefined ? undefined : new Secret(password),
      },
      certificate: cert && key ? { cert, key: new Secret(key) } : undefined,
      caCert,
    };
    return complete(partial, broker);
  } catch {
    return undefined;
  }
}

/** The texts of a JSON object that are not empty; none when it is no JSON object. */
function texts(json: string | undefined): Texts {
  try {
    const value: unknown = JSON.parse(json ?? '');
    return Object.fromEntries(
      Object.entries(Object(value) as object).filter(([, each]) => typeof each === 'string' && each !== ''),
    ) as Texts;
  } catch {
    return {};
  }
}

const json = (value: object): Secret => new Secret(`${JSON.stringify(value, undefined, 2)}\n`);
