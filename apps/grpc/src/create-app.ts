import { type ServerCredentials, ServerCredentials as Credentials } from '@grpc/grpc-js';
import { NestFactory } from '@nestjs/core';
import { ProvisionError } from '@org/domain';
import type { Server } from '@org/server';
import { AppModule } from './app.module.js';
import { CallSupervisor } from './calls/supervisor.js';
import { Waiting } from './enrolment/waiting.js';
import { OwnCertificate } from './tls/own-certificate.js';
import { DeviceCredentials } from './tls/device-credentials.js';
import { GrpcTransport } from './transport/grpc-transport.js';
import { limits } from './transport/limits.js';

/** Each stream asks the store once a second. A whole workshop may be behind one address. */
const WAITING = { everyMs: 1_000, overAll: 2_000, perAddress: 500 };

export interface GrpcApp {
  /** @returns host:port */
  listen(): Promise<string>;
  /** Lets calls under way end, for at most the drain time. */
  close(): Promise<void>;
}

/** What of the use cases this app serves. */
export type Served = Pick<Server, 'config' | 'logger' | 'metrics' | 'onLimit' | 'authority' | 'enrolments'>;

/**
 * The gRPC app over the use cases; not listening yet.
 *
 * @throws ProvisionError invalid `enrolment_off`
 */
export async function createApp(server: Served): Promise<GrpcApp> {
  const { config, logger, onLimit, enrolments } = server;
  if (!enrolments) throw enrolmentOff();
  const { host, port, maxMessageBytes } = config.grpc;
  const tls = await openTls(server);
  const { codeLifetimeMs } = config.enrolment;
  const calls = new CallSupervisor({ told: server, trustedProxies: config.server.trustedProxies });
  const transport = new GrpcTransport({
    url: hostPort(host, port),
    credentials: tls.credentials,
    server: {
      ...limits({ maxMessageBytes, longestStreamMs: codeLifetimeMs }),
      interceptors: [calls.interceptor],
    },
    drainMs: config.server.drainMs,
    onClosing: () => calls.endStreams(),
  });
  const waiting = new Waiting({ ...WAITING, longestMs: codeLifetimeMs });
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

/** The configured certificate, or one of the built-in authority; nothing only where somebody turned TLS off. */
async function openTls({ config, authority, logger }: Served): Promise<Tls> {
  const { tls, plaintext, names } = config.grpc;
  if (plaintext) {
    logger.warn(
      { setting: 'MG_PROVISION_GRPC_TLS' },
      'NO TLS: polling secrets and keys go over the wire in clear',
    );
    return { credentials: Credentials.createInsecure(), close: () => undefined };
  }
  if (tls) return { credentials: new DeviceCredentials(tls), close: () => undefined };
  if (authority) return OwnCertificate.open({ authority, names, logger });
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
