import { Catch } from '@nestjs/common';
import type { ErrorAnswer, HttpAnswer } from '../errors/error-body.js';
import { ErrorFilter } from '../errors/exception.filter.js';
import { refused } from './envelope.js';

/** Newer agents on this wire need this status to tell an expired code from one that is not approved yet (404). */
const GONE = 410;

/** Refusals in this wire's envelope. */
@Catch()
export class EnvelopeFilter extends ErrorFilter {
  protected override onThisWire(answer: ErrorAnswer): HttpAnswer {
    const status = answer.body.code === 'enrolment_expired' ? GONE : answer.status;
    return { ...answer, status, body: { ...refused({ ...answer, status }) } };
  }
}
