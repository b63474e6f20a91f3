import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

const KIB = 1024;

/** Bytes of a body by what it holds, where that is less than bodies may have in general. */
const BODY_BYTES = {
  /** A certificate request, or an OCSP request, and little beside it: as much as the authority itself reads. */
  request: 16 * KIB,
  /** A handful of short fields. */
  fields: 4 * KIB,
} as const;

/** For a route: its bodies have at most so many bytes, whatever is configured for others. */
export const BodyLimit = (kind: keyof typeof BODY_BYTES) => RouteConfig({ bodyBytes: BODY_BYTES[kind] });

/** @param most bytes of any body; routes may allow less, and never more */
export function limitBodiesByRoute(fastify: FastifyInstance, most: number): void {
  fastify.addHook('onRoute', (route) => {
    const { bodyBytes = most } = (route.config ?? {}) as { readonly bodyBytes?: number };
    route.bodyLimit = Math.min(bodyBytes, most);
  });
}
