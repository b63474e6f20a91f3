import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  type Config,
  type ConfigFile,
  type ListenTls,
  type LoadResult,
  configFilePath,
  loadConfig,
} from '@org/layout-config';
import { ProvisionError, Secret } from '@org/domain';

/** How the app lets this library see its surroundings. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; undefined when there is none of that name. Throws when it cannot be read. */
  readFile(path: string): string | undefined;
  /**
   * The names of the files right inside a folder; undefined when there is none of that name. Throws when it cannot be
   * read. Needed where a folder of layouts is configured.
   */
  listFolder?(path: string): readonly string[] | undefined;
}

/** Reads environment and configuration file, and checks them; all problems at once. */
export function readConfiguration(surroundings: Surroundings): LoadResult {
  const { env, readFile } = surroundings;
  const named = configFilePath(env);
  return loadConfig({
    env,
    file: { ...named, text: readFile(named.path) },
    readFolder: (path) => readFolder(path, surroundings),
    hostName: hostname(),
  });
}

/** Its TOML files, by name; hidden ones are left out, as editors and orchestrators put copies there. */
function readFolder(folder: string, { readFile, listFolder }: Surroundings): ConfigFile[] | undefined {
  const names = listFolder?.(folder)?.filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
  return names?.toSorted().flatMap((name) => {
    const path = join(folder, name);
    const text = readFile(path);
    return text === undefined ? [] : [{ path, text }];
  });
}

/**
 * The same configuration with the texts of the PEM files that it names.
 *
 * @throws ProvisionError `invalid`, naming every setting whose file cannot be read
 */
export function readPemFiles(config: Config, { readFile }: Surroundings): Config {
  const unreadable: string[] = [];
  // Named by setting, never by value: somebody may have pasted a key where a path belongs.
  const pem = (setting: string, value: string): string => {
    if (value.includes('-----BEGIN ')) return value;
    const text = readQuietly(readFile, value);
    if (text === undefined) unreadable.push(setting);
    return text ?? '';
  };
  const optional = (setting: string, value: string | undefined) =>
    value === undefined ? undefined : pem(setting, value);
  const secret = (setting: string, value: Secret) => new Secret(pem(setting, value.reveal()));
  const listenTls = (prefix: string, tls: ListenTls | undefined) =>
    tls && { cert: pem(`${prefix}_CERT`, tls.cert), key: secret(`${prefix}_KEY`, tls.key) };
  const { grpc } = config.auth;
  const read: Config = {
    ...config,
    server: {
      ...config.server,
      tls: listenTls('MG_PROVISION_SERVER', config.server.tls),
    },
    grpc: { ...config.grpc, tls: listenTls('MG_PROVISION_GRPC', config.grpc.tls) },
    outbound: {
      ...config.outbound,
      tls: { ...config.outbound.tls, ca: optional('MG_PROVISION_CA_CERTS', config.outbound.tls.ca) },
    },
    auth: {
      ...config.auth,
      grpc: grpc && {
        ...grpc,
        clientCert: optional('MG_AUTH_GRPC_CLIENT_CERT', grpc.clientCert),
        clientKey: grpc.clientKey && secret('MG_AUTH_GRPC_CLIENT_KEY', grpc.clientKey),
        serverCaCerts: optional('MG_AUTH_GRPC_SERVER_CA_CERTS', grpc.serverCaCerts),
      },
    },
  };
  if (unreadable.length > 0) {
    const message = `${unreadable.join(', ')}: no file that can be read; give the path of a PEM file, or the PEM text itself`;
    throw new ProvisionError({
      kind: 'invalid',
      code: 'unreadable_pem',
      message,
      details: { settings: unreadable },
    });
  }
  return read;
}

function readQuietly(readFile: Surroundings['readFile'], path: string): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}
