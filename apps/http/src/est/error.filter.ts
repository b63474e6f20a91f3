import { Catch } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ErrorAnswer } from '../errors/error-body.js';
import { ErrorFilter } from '../errors/exception.filter.js';
import { sendEst } from './answer.js';

/**
 * Statuses that EST clients act on, by the error's code; the rest is as everywhere in this app.
 * RFC 7030 4.2.3: 202 makes a client send the same request again after `Retry-After`. 401 makes it look for other
 * credentials (RFC 9110 15.5.2), which is what an expired code takes; renewing has nothing to do with passwords.
 */
const STATUS: Readonly<Record<string, number>> = {
  enrolment_pending: 202,
  redemption_in_progress: 202,
  enrolment_unknown: 401,
  enrolment_expired: 401,
  proof_invalid: 403,
};

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="provision", charset="UTF-8"' };

/** The app's errors in the words of EST: plain text for people to read (RFC 7030 4.2.3). */
@Catch()
export class EstErrorFilter extends ErrorFilter {
  protected override answerFor(error: unknown): ErrorAnswer {
    const answer = super.answerFor(error);
    return { ...answer, status: STATUS[String(answer.body['code'])] ?? answer.status };
  }

  protected override send(reply: FastifyReply, { status, headers, body }: ErrorAnswer): void {
    const type = { 'Content-Type': 'text/plain; charset=utf-8' };
    const challenge = status === 401 ? CHALLENGE : {};
    sendEst(reply, {
      status,
      headers: { ...headers, ...type, ...challenge },
      body: `${String(body['message'])}\n`,
    });
  }
}
