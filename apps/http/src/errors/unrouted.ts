import type { Server } from '@org/server';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { unknownId } from '../request/readable-id.pipe.js';
import { logRequest } from '../request/request-log.js';
import { answerFor } from './error-body.js';
import { frameworkAnswer } from './exception.filter.js';
import { sendError, withRequestId } from './send-error.js';

/**
 * Answers what the router refuses before any hook or filter runs: addresses that cannot be decoded, and ids longer than
 * any. The router's own words repeat the address, in which codes and tickets may stand.
 */
export const answerUnrouted =
  (told: Pick<Server, 'logger' | 'metrics'>) =>
  (refusal: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const error = refusal.code === 'FST_ERR_MAX_PARAM_LENGTH' ? unknownId() : refusal;
    void reply.header('X-Request-Id', request.id);
    const answer = frameworkAnswer(error, request) ?? answerFor(error);
    sendError(request, reply, withRequestId(answer, request));
    logRequest(told, request, reply);
  };
