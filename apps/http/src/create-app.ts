import type { Server as HttpsServer } from 'node:https';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Server, ruleFor } from '@org/server';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { guardConnections } from './connections.js';
import { serveDocumentation } from './documentation/openapi.js';
import { noteMethods } from './errors/allowed-methods.js';
import { answerUnreadable } from './errors/unreadable.js';
import { answerUnrouted } from './errors/unrouted.js';
import { limitBodiesByRoute } from './request/body-limit.js';
import { readBodies } from './request/body-reader.js';
import { noteOrigins } from './request/origin.js';
import { LONGEST_ID } from './request/readable-id.pipe.js';
import { logRequests, requestIdOf } from './request/request-log.js';
import { operationOf } from './security/caller.guard.js';
import { protectBrowsers } from './security/headers.js';
import { serveTls } from './tls/serve-tls.js';

/** Milliseconds between two looks for requests that take too long; Node's own are half a minute. */
const LOOK_EVERY_MS = 1_000;

/** The HTTP app over the use cases; not listening yet. */
export async function createApp(server: Server): Promise<NestFastifyApplication> {
  const { bodyLimit, trustedProxies } = server.config.server;
  const { idleMs, requestMs, unfinishedBytes, unfinishedBytesPerAddress } = server.config.limits;
  const tls = await serveTls(server);
  const times = { connectionsCheckingInterval: LOOK_EVERY_MS, headersTimeout: requestMs };
  const adapter = new FastifyAdapter({
    bodyLimit,
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: LONGEST_ID },
    frameworkErrors: answerUnrouted(server),
    clientErrorHandler: answerUnreadable(server),
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    forceCloseConnections: 'idle',
    // Until the app has stopped, requests on open connections are answered and logged like any other.
    return503OnClosing: false,
    ...(tls ? { https: { ...tls.options, ...times } } : { http: times }),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(server), adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  noteMethods(fastify);
  noteOrigins(fastify, trustedProxies);
  guardConnections(fastify, server);
  limitBodiesByRoute(fastify, bodyLimit);
  readBodies(fastify, { most: unfinishedBytes, mostPerAddress: unfinishedBytesPerAddress });
  logRequests(fastify, server);
  protectBrowsers(fastify);
  closeConnectionsWhenStopping(fastify);
  if (tls) {
    tls.keepFresh(app.getHttpServer() as HttpsServer);
    fastify.addHook('onClose', async () => tls.close());
  }
  if (server.config.server.docs) serveDocumentation(app);
  serveOnlyWhatHasARule(fastify);
  await app.init();
  return app;
}

/** A route that is missing in the table of operations would refuse every caller, which must be noticed at start. */
function serveOnlyWhatHasARule(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) ruleFor(operationOf(each, url));
  });
}

/** A caller that is answered while the app stops would keep its connection open, and so the process running. */
function closeConnectionsWhenStopping(fastify: FastifyInstance): void {
  let stopping = false;
  fastify.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) void reply.header('Connection', 'close');
    done(null, payload);
  });
}
