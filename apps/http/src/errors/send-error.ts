import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendEst } from '../est/answer.js';
import type { ErrorAnswer, HttpAnswer } from './error-body.js';

const EST = /^\/\.well-known\/est(\/|\?|$)/;
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="provision", charset="UTF-8"' };

/** The only place that sends errors. On EST paths they are plain text (RFC 7030 4.2.3). */
export function sendError(request: FastifyRequest, reply: FastifyReply, answer: HttpAnswer): void {
  const { status, headers, body } = answer;
  if (!EST.test(request.url)) return void reply.status(status).headers(headers).send(body);
  const type = { 'Content-Type': 'text/plain; charset=utf-8' };
  const challenge = status === 401 ? CHALLENGE : {};
  const text = `${String(body['message'])}\n`;
  sendEst(reply, { status, headers: { ...headers, ...type, ...challenge }, body: text });
}

/** What programs need to tell which request it was, where bodies have room for it. */
export const withRequestId = (answer: ErrorAnswer, request: FastifyRequest): ErrorAnswer => ({
  ...answer,
  body: { ...answer.body, request_id: request.id },
});
