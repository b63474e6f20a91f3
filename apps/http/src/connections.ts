import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ConnectionGuard, type Server, affordableConnections } from '@org/server';
import type { FastifyInstance } from 'fastify';

/** Requests that one connection may have under way: no client that is known sends a second one before its response. */
const MOST_REQUESTS = 8;

const dropped = new WeakSet<IncomingMessage>();

/** Whether a request was dropped with its connection, before anybody looked at it. */
export const wasDropped = ({ raw }: { readonly raw: IncomingMessage }): boolean => dropped.has(raw);

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Bounds how many connections there are, and how long they may be silent, or take to take a response. */
export function guardConnections(fastify: FastifyInstance, { config, logger, onLimit }: Server): void {
  const { connections, connectionsPerAddress, firstRequestMs, requestMs } = config.limits;
  const guard = new ConnectionGuard({
    name: 'connections',
    most: affordableConnections(connections, logger),
    mostPerAddress: connectionsPerAddress,
    mostRequests: MOST_REQUESTS,
    firstRequestMs,
    trustedProxies: config.server.trustedProxies,
    onLimit,
  });
  guard.watch(fastify.server);
  // Before Fastify's own listener, which begins to answer at once.
  fastify.server.prependListener('request', (request, response) => {
    const guarded = guard.use(request.socket);
    response.once('close', guarded.over);
    if (hasBody(request)) request.once('end', guarded.arrived);
    else guarded.arrived();
  });
  // What was sent in one go is parsed to its end, also when the connection was closed in the middle of it.
  fastify.addHook('onRequest', ({ raw }, reply, done) => {
    if (!raw.socket.destroyed) return done();
    dropped.add(raw);
    reply.hijack();
  });
  fastify.addHook('onSend', ({ raw: { socket }, origin }, reply, _payload, done) => {
    // From now on it is the client that keeps the connection waiting. Fastify's `inject` has no real one.
    if (socket instanceof Socket) socket.setTimeout(requestMs);
    reply.raw.once('timeout', () => {
      onLimit('response_time', { address: origin.address, most: requestMs });
      socket.destroy();
    });
    done();
  });
}
