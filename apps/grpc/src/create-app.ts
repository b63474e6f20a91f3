import { type ServerCredentials, ServerCredentials as Credentials } from '@grpc/grpc-js';
import { NestFactory } from '@nestjs/core';
import { ProvisionError } from '@org/domain';
import { ConnectionGuard, type Server, affordableConnections } from '@org/server';
import { AppModule } from './app.module.js';
import { CallSupervisor } from './calls/supervisor.js';
import { Waiting } from './enrolment/waiting.js';
import { OwnCertificate } from './tls/own-certificate.js';
import { TlsCredentials } from './tls/tls-credentials.js';
import { GrpcTransport } from './transport/grpc-transport.js';
import { MOST_STREAMS, limits } from './transport/limits.js';

/** Milliseconds between two reads of the store, for each stream. */
const LOOK_EVERY_MS = 1_000;

export interface GrpcApp {
  /** @returns host:port */
  listen(): Promise<string>;
  /** Lets calls in progress finish within the drain time. */
  close(): Promise<void>;
}

/** The use cases that this app serves. */
export type Served = Pick<
  Server,
  'config' | 'logger' | 'metrics' | 'tracer' | 'onLimit' | 'authority' | 'enrolments'
>;

/**
 * The gRPC app over the use cases; not listening yet.
 *
 * @throws ProvisionError invalid `enrolment_off`
 */
export async function createApp(server: Served): Promise<GrpcApp> {
  const { config, logger, onLimit, enrolments } = server;
  if (!enrolments) throw enrolmentOff();
  const { host, port, reflection, maxMessageBytes } = config.grpc;
  const { requestMs, idleMs, unfinishedBytes, unfinishedBytesPerAddress, streams, streamsPerAddress } =
    config.limits;
  const { trustedProxies } = config.server;
  const tls = await openTls(server);
  const { codeLifetimeMs } = config.enrolment;
  const connections = new ConnectionGuard({
    name: 'connections',
    most: affordableConnections(config.limits.connections, logger),
    mostPerAddress: config.limits.connectionsPerAddress,
    mostRequests: MOST_STREAMS,
    firstRequestMs: config.limits.firstRequestMs,
    trustedProxies,
    onLimit,
  });
  const calls = new CallSupervisor({
    telemetry: server,
    trustedProxies,
    limitMs: requestMs,
    connections,
    enrolment: config.enrolment,
    unfinished: { most: unfinishedBytes, mostPerAddress: unfinishedBytesPerAddress },
  });
  const transport = new GrpcTransport({
    host,
    port,
    reflection,
    connections,
    credentials: tls.credentials,
    server: {
      ...limits({ maxMessageBytes, idleMs, longestStreamMs: codeLifetimeMs }),
      interceptors: [calls.interceptor],
    },
    drainMs: config.server.drainMs,
    onClosing: () => calls.endStreams(),
  });
  const waiting = new Waiting({
    everyMs: LOOK_EVERY_MS,
    overAll: streams,
    perAddress: streamsPerAddress,
    longestMs: codeLifetimeMs,
  });
  const app = await NestFactory.createMicroservice(AppModule.for({ logger, onLimit, enrolments, waiting }), {
    strategy: transport,
    logger: false,
    abortOnError: false,
  });
  return {
    async listen() {
      await app.listen();
      return hostPort(host, transport.port);
    },
    async close() {
      await app.close();
      tls.close();
    },
  };
}

interface Tls {
  readonly credentials: ServerCredentials;
  close(): void;
}

/** The configured certificate, or one of the built-in authority; undefined only if the configuration turns TLS off. */
async function openTls({ config, authority, logger, metrics }: Served): Promise<Tls> {
  const { tls, plaintext, names } = config.grpc;
  if (plaintext) {
    logger.warn(
      { setting: 'MG_PROVISION_GRPC_TLS' },
      'NO TLS: devices on other machines cannot enrol, unless a trusted proxy ends TLS for them',
    );
    return { credentials: Credentials.createInsecure(), close: () => undefined };
  }
  const onServed = (certificate: string) => metrics.showCertificate('server', certificate);
  if (tls) {
    onServed(tls.cert);
    return { credentials: new TlsCredentials(tls), close: () => undefined };
  }
  if (authority) return OwnCertificate.open({ authority, names, logger, onServed });
  throw enrolmentOff();
}

const enrolmentOff = () =>
  new ProvisionError({
    kind: 'invalid',
    code: 'enrolment_off',
    message:
      'enrolment is off, and this app serves nothing else: it needs the built-in authority (MG_PROVISION_CERTS_BACKEND=builtin) and MG_PROVISION_ENROLMENT not off',
  });

const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
