import { Catch } from '@nestjs/common';
import type { ErrorAnswer, HttpAnswer } from '../errors/error-body.js';
import { ErrorFilter } from '../errors/exception.filter.js';
import { refused } from './envelope.js';

/** Newer agents on this wire tell a code that is over from one that is not claimed yet, which is 404, by the status. */
const GONE = 410;

/** Refusals in this wire's envelope. */
@Catch()
export class EnvelopeFilter extends ErrorFilter {
  protected override onThisWire(answer: ErrorAnswer): HttpAnswer {
    const status = answer.body.code === 'enrolment_expired' ? GONE : answer.status;
    return { ...answer, status, body: { ...refused({ ...answer, status }) } };
  }
}
