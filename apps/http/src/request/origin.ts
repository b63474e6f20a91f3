import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { type Origin, type Peer, originReader } from '@org/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where it comes from. */
    readonly origin: Origin;
  }
}

/** @param trustedProxies as in the configuration */
export function noteOrigins(fastify: FastifyInstance, trustedProxies: readonly string[]): void {
  const read = originReader(trustedProxies);
  const origins = new WeakMap<FastifyRequest, Origin>();
  fastify.decorateRequest('origin', {
    getter() {
      const origin = origins.get(this) ?? read(peerOf(this));
      origins.set(this, origin);
      return origin;
    },
  });
  // While the socket still knows: one that is closed has no address any more.
  fastify.addHook('onRequest', (request, _reply, done) => {
    void request.origin;
    done();
  });
}

export const peerOf = ({ raw, headers }: FastifyRequest): Peer => ({
  address: raw.socket.remoteAddress,
  tls: 'encrypted' in raw.socket,
  forwardedFor: textOf(headers['x-forwarded-for']),
  forwardedProto: textOf(headers['x-forwarded-proto']),
});

const textOf = (header: string | string[] | undefined): string | undefined => header?.toString();

/** The address that limits count by. */
export const CallerAddress = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<FastifyRequest>().origin.address,
);
