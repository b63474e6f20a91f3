import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const PAGE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Of what is data: a browser that is led to it shows it, and does nothing with it. */
const DATA_POLICY = `default-src 'none'; ${PAGE}`;
/** Swagger UI styles what it shows in place, and its pictures and fonts are data. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  `connect-src 'self'; ${PAGE}`;

/** Two years, as preload lists ask (RFC 6797). Not for subdomains, which may be others'. */
const HSTS = 'max-age=63072000';

/** Headers for browsers, on every answer; a route may have set stricter ones. */
export function protectBrowsers(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setBrowserHeaders(request, reply);
    done();
  });
}

export function setBrowserHeaders({ url, origin }: FastifyRequest, reply: FastifyReply): void {
  const policy = /^\/docs(?:[/?]|$)/.test(url) ? DOCS_POLICY : DATA_POLICY;
  void reply.headers({
    'Content-Security-Policy': policy,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
  // Browsers do not heed it over plain HTTP (RFC 6797 8.1).
  if (origin.isTls) void reply.header('Strict-Transport-Security', HSTS);
}
