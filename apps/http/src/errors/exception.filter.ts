import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { isProvisionError } from '@org/domain';
import type { Logger } from '@org/server';
import type { FastifyReply } from 'fastify';
import { type ErrorAnswer, answerFor } from './error-body.js';
import { WIRE } from './messages.js';

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const answer = this.answerFor(error);
    if (answer.status === 500) this.logger.error({ err: error }, 'unexpected error');
    else if (isProvisionError(error) && answer.status === 503)
      this.logger.warn({ err: error }, 'answered 503');
    this.send(host.switchToHttp().getResponse<FastifyReply>(), answer);
  }

  protected answerFor(error: unknown): ErrorAnswer {
    return frameworkAnswer(error) ?? answerFor(error);
  }

  protected send(reply: FastifyReply, { status, headers, body }: ErrorAnswer): void {
    void reply.status(status).headers(headers).send(body);
  }
}

/** What Fastify and Nest refuse themselves: unknown routes, bodies over the limit, broken requests. */
export function frameworkAnswer(error: unknown): ErrorAnswer | undefined {
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown }).statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  const [message, code] = FRAMEWORK[status] ?? ['the request cannot be understood', 'bad_request'];
  return { status, headers: {}, body: { message, code } };
}

const FRAMEWORK: Record<number, readonly [message: string, code: string]> = {
  404: ['no such route; /docs lists them', 'route_not_found'],
  413: ['the request body is larger than this service accepts', 'body_too_large'],
  415: [WIRE.contentType, 'unsupported_content_type'],
};
