import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { type ErrorCode, isProvisionError } from '@org/domain';
import { type Server, limitOf } from '@org/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallerRequest } from '../security/caller.guard.js';
import { SERVER } from '../server.token.js';
import { type ErrorAnswer, type HttpAnswer, answerFor } from './error-body.js';
import { WIRE } from './messages.js';
import { sendError, withRequestId } from './send-error.js';

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(SERVER) private readonly server: Pick<Server, 'logger' | 'onLimit'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { logger, onLimit } = this.server;
    const http = host.switchToHttp();
    const request = http.getRequest<CallerRequest>();
    const answer = withRequestId(frameworkAnswer(error, request) ?? answerFor(error), request);
    const { code } = answer.body;
    request.refusal = isProvisionError(error) ? error.code : code;
    if (answer.status === 500) logger.error({ err: error }, 'unexpected error');
    else if (isProvisionError(error) && answer.status === 503) logger.warn({ err: error }, 'answered 503');
    const limit = limitOf(error) ?? LIMITS_OF_BODIES[code];
    if (limit !== undefined) onLimit(limit, { address: request.origin.address });
    sendError(request, http.getResponse<FastifyReply>(), this.onThisWire(answer));
  }

  /** The answer in the statuses and the shape of the wire that is served. */
  protected onThisWire(answer: ErrorAnswer): HttpAnswer {
    return answer;
  }
}

const LIMITS_OF_BODIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  body_too_large: 'body_bytes',
  json_too_many_values: 'body_values',
  json_too_deep: 'body_depth',
};

/** Requests that Fastify and Nest refuse: unknown routes, bodies over the limit, malformed requests. */
export function frameworkAnswer(error: unknown, request: FastifyRequest): ErrorAnswer | undefined {
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown }).statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  const allowed = status === 404 ? request.server.allowedMethods(request.url) : [];
  if (allowed.length > 0) return otherMethods(allowed.join(', '));
  const [message, code] = FRAMEWORK[status] ?? ['the request cannot be understood', 'bad_request'];
  return { status, headers: {}, body: { message, code } };
}

/** RFC 9110 15.5.6: the path is there. */
const otherMethods = (allow: string): ErrorAnswer => ({
  status: 405,
  headers: { Allow: allow },
  body: { message: `this path takes ${allow} only`, code: 'method_not_allowed' },
});

const FRAMEWORK: Record<number, readonly [message: string, code: ErrorCode]> = {
  404: ['no such route; the documentation of the API lists them', 'route_not_found'],
  413: ['the request body is larger than this service accepts', 'body_too_large'],
  415: [WIRE.contentType, 'unsupported_content_type'],
};
