import { Socket } from 'node:net';
import { ConnectionGuard, type Server, affordableConnections } from '@org/server';
import type { FastifyInstance } from 'fastify';

/** Requests that one connection may have under way: who sends more without waiting for responses is no browser. */
const MOST_REQUESTS = 32;

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
  fastify.server.on('request', ({ socket }, response) => {
    response.once('close', guard.use(socket));
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
