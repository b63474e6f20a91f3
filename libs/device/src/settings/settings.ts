import { type ProxySettings, Secret, withoutLineEnds } from '@org/domain';
import type { KeyKind } from '../key-store/key-store.js';
import type { Environment, Origins, Resolved, Values } from './resolve.js';
import { PKCS11_PIN, SETTINGS } from './table.js';

/** Where to listen. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly socket: string };

/** Paths of the files of a device's identity; `~` is expanded. */
export interface IdentityPaths {
  readonly privateKey: string;
  readonly csr: string;
  readonly cert: string;
  readonly caBundle: string;
  readonly root: string;
  /** Folder for what the agent notes while it works. */
  readonly state: string;
}

/** A token that keeps the private key. */
interface Pkcs11Settings {
  /** Path of its library. */
  readonly module: string;
  /** Its label. */
  readonly token: string;
  /** Its user's PIN, or a file to read it from. */
  readonly pin: Secret | { readonly file: string };
}

export interface AgentSettings {
  readonly provisioning: {
    /** Without trailing slash. */
    readonly serverUrl: string;
    /** False: it is the default, which `init` writes and no one has chosen. */
    readonly hasServerUrl: boolean;
    readonly certSignUrl: string;
    /** Origin of the EnrolmentService; `http:` means without TLS. Undefined: only the older HTTP wire. */
    readonly grpcUrl: string | undefined;
    /** Lower-case hex SHA-256 of the root certificate to trust. */
    readonly rootFingerprint: string | undefined;
    readonly keyKind: KeyKind;
    /** File with CA certificates for the server's TLS, used when it exists. */
    readonly serverCaPath: string;
  };
  /** Undefined: every connection is direct. */
  readonly proxies: ProxySettings | undefined;
  /** Undefined: the private key is a file. */
  readonly pkcs11: Pkcs11Settings | undefined;
  /** What to say of the device; undefined: what the hardware says. */
  readonly device: { readonly model: string | undefined; readonly serial: string | undefined };
  readonly paths: IdentityPaths;
  /** The gRPC service for programs on the device; undefined when it is turned off. */
  readonly local: { readonly listen: ListenAddress; readonly token: Secret | undefined } | undefined;
  /** Undefined when health and metrics are not served. */
  readonly health: { readonly listen: ListenAddress } | undefined;
  readonly logging: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'text' | 'json';
    /** Undefined: the standard output. */
    readonly path: string | undefined;
  };
  readonly bootstrap: {
    /** Without `/clients/bootstrap`, as @org/bootstrap-client wants it. */
    readonly baseUrl: string | undefined;
    readonly externalId: string | undefined;
    readonly externalKey: Secret | undefined;
    /** Set: the encrypted form is used. */
    readonly encryptionKey: Secret | undefined;
    /** At least 1. */
    readonly attempts: number;
    readonly retryDelayMs: number;
    readonly verifyTls: boolean;
    readonly cachePath: string;
    readonly configPath: string;
  };
  readonly mqtt: {
    /** For when the bootstrap configuration names no broker. */
    readonly url: string;
    readonly mtls: boolean;
  };
}

export function toSettings({ values, origins, env }: Resolved): AgentSettings {
  const { privateKey, csr, cert, caBundle, root, state } = values;
  return {
    provisioning: {
      serverUrl: values.serverUrl,
      hasServerUrl: values.serverUrl !== SETTINGS.serverUrl.default,
      certSignUrl: values.certSignUrl,
      grpcUrl: values.grpcUrl,
      rootFingerprint: values.rootFingerprint,
      keyKind: values.keyKind,
      serverCaPath: values.serverCert,
    },
    proxies: proxiesOf(values, origins),
    pkcs11: pkcs11Of(values, env),
    device: { model: values.model, serial: values.serial },
    paths: { privateKey, csr, cert, caBundle, root, state },
    local: values.grpcEnabled
      ? { listen: listenAt(values.listen, values.port), token: values.token }
      : undefined,
    health: healthOf(values),
    logging: { level: values.logLevel, format: values.logFormat, path: values.logPath || undefined },
    bootstrap: {
      baseUrl: values.bootstrapUrl,
      externalId: values.externalId,
      externalKey: values.externalKey,
      encryptionKey: values.encryptionKey,
      attempts: Math.max(1, values.bootstrapAttempts),
      retryDelayMs: values.bootstrapDelay * 1000,
      verifyTls: !values.bootstrapSkipTls,
      cachePath: values.bootstrapCache,
      configPath: values.bootstrapConfig,
    },
    mqtt: { url: values.mqttUrl, mtls: values.mqttMtls },
  };
}

function proxiesOf({ proxy, noProxy = [] }: Values, origins: Origins): ProxySettings | undefined {
  if (proxy === undefined || proxy === 'none') return undefined;
  return { proxy: { ...proxy, from: origins.proxy!.key }, noProxy };
}

function pkcs11Of(values: Values, env: Environment): Pkcs11Settings | undefined {
  const { pkcs11Module: module, pkcs11Token: token, pkcs11PinFile: file = '' } = values;
  if (module === undefined || token === undefined) return undefined;
  const pin = withoutLineEnds(env[PKCS11_PIN] ?? '');
  return { module, token, pin: pin ? new Secret(pin) : { file } };
}

function healthOf({ healthListen, healthPort }: Values): AgentSettings['health'] {
  // A socket has no port.
  const isAsked = healthPort !== undefined || healthListen.startsWith('unix:');
  return isAsked ? { listen: listenAt(healthListen, healthPort ?? 0) } : undefined;
}

const listenAt = (address: string, port: number): ListenAddress =>
  address.startsWith('unix:') ? { socket: address.slice('unix:'.length) } : { host: address, port };
