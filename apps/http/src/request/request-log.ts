import { randomUUID } from 'node:crypto';
import { type ActiveSpan, type Server, type Tracer, requestContext } from '@org/server';
import { wasDropped } from '../connections.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallerRequest } from '../security/caller.guard.js';

/** A caller's id is used only if it cannot confuse a log. */
const ACCEPTED_ID = /^[A-Za-z0-9._:-]{1,128}$/;

export const requestIdOf = (request: { headers: Record<string, string | string[] | undefined> }): string => {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED_ID.test(given) ? given : randomUUID();
};

type RequestTelemetry = Pick<Server, 'logger' | 'metrics' | 'callers'>;

const spans = new WeakMap<FastifyRequest, ActiveSpan>();

/** Gives every request an id, in its logs and its answer, and logs, counts and traces it. */
export function logRequests(
  fastify: FastifyInstance,
  telemetry: RequestTelemetry & Pick<Server, 'tracer'>,
): void {
  const { tracer } = telemetry;
  fastify.addHook('onRequest', (request, reply, next) => {
    void reply.header('X-Request-Id', request.id);
    const inContext = () => requestContext.run({ requestId: request.id }, next);
    if (!tracer.isOn || PROBES.has(routeOf(request))) return inContext();
    const span = beginSpan(tracer, request);
    spans.set(request, span);
    span.run(inContext);
  });
  fastify.addHook('onResponse', async (request, reply) => {
    logRequest(telemetry, request, reply);
    endSpan(request, reply);
  });
  fastify.addHook('onRequestAbort', async (request) => {
    if (wasDropped(request)) return;
    telemetry.logger.warn(
      { route: request.routeOptions.url, request_id: request.id },
      'caller disconnected; its request continues',
    );
  });
}

/** Logs and counts a finished request, without its URL, which can contain codes and tickets. */
export function logRequest(telemetry: RequestTelemetry, request: FastifyRequest, reply: FastifyReply): void {
  const { logger, metrics } = telemetry;
  const { method } = request;
  const route = routeOf(request);
  const ms = reply.elapsedTime;
  metrics.requests.observe({ method, route, status: reply.statusCode }, ms / 1000);
  const facts = {
    method,
    route,
    status: reply.statusCode,
    ms: Math.round(ms),
    domain: domainOf(request),
    request_id: request.id,
    ...(reply.statusCode >= 400 && refusalFacts(telemetry, request)),
  };
  if (PROBES.has(route)) logger.debug(facts, 'request');
  else logger.info(facts, 'request');
}

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown';

/** Of the route, not of the address, in which codes and tickets may stand. */
function beginSpan(tracer: Tracer, request: FastifyRequest): ActiveSpan {
  const { method, id, headers } = request;
  const { traceparent } = headers;
  return tracer.begin({
    name: `${method} ${routeOf(request)}`,
    kind: 'server',
    attributes: {
      'http.request.method': method,
      'http.route': routeOf(request),
      request_id: id,
      domain: domainOf(request),
    },
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
  });
}

function endSpan(request: CallerRequest, { statusCode }: FastifyReply): void {
  const attributes = { 'http.response.status_code': statusCode };
  const error = statusCode >= 500 ? (request.refusal ?? 'internal') : undefined;
  spans.get(request)?.end({ attributes, error });
}

/** Who was refused, from where, and why. */
function refusalFacts({ callers }: RequestTelemetry, { origin, callerToken, refusal }: CallerRequest) {
  return {
    code: refusal,
    address: origin.address,
    operator: callerToken && callers.nameOf(callerToken),
  };
}

/** Sent every few seconds by machines: of interest only for debugging. */
const PROBES = new Set(['/health', '/ready', '/metrics']);

const domainOf = (request: FastifyRequest): string | undefined =>
  (request.params as { domainID?: string } | undefined)?.domainID;
