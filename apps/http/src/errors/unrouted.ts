import { type Server, originReader } from '@org/server';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { peerOf } from '../request/origin.js';
import { unknownId } from '../request/readable-id.pipe.js';
import { logRequest } from '../request/request-log.js';
import { setBrowserHeaders } from '../security/headers.js';
import { answerFor } from './error-body.js';
import { frameworkAnswer } from './exception.filter.js';
import { sendError, withRequestId } from './send-error.js';

/**
 * Answers what the router refuses before any hook or filter runs: addresses that cannot be decoded, and ids longer than
 * any. The router's own words repeat the address, in which codes and tickets may stand.
 */
export function answerUnrouted(server: Pick<Server, 'logger' | 'metrics' | 'callers' | 'config'>) {
  const originOf = originReader(server.config.server.trustedProxies);
  return (refusal: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    // It is not one of the app's own requests, which know it.
    Object.assign(request, { origin: originOf(peerOf(request)) });
    const error = refusal.code === 'FST_ERR_MAX_PARAM_LENGTH' ? unknownId() : refusal;
    void reply.header('X-Request-Id', request.id);
    setBrowserHeaders(request, reply);
    const answer = frameworkAnswer(error, request) ?? answerFor(error);
    sendError(request, reply, withRequestId(answer, request));
    logRequest(server, request, reply);
  };
}
