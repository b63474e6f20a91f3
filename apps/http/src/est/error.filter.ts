import { Catch } from '@nestjs/common';
import type { ErrorCode } from '@org/domain';
import type { ErrorAnswer } from '../errors/error-body.js';
import { ErrorFilter } from '../errors/exception.filter.js';

/**
 * Statuses that EST clients act on, by the error's code; the rest is as everywhere in this app.
 * RFC 7030 4.2.3: 202 makes a client send the same request again after `Retry-After`. 401 makes it look for other
 * credentials (RFC 9110 15.5.2), which is what an expired code takes; renewing has nothing to do with passwords.
 */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  enrolment_pending: 202,
  redemption_in_progress: 202,
  enrolment_unknown: 401,
  enrolment_expired: 401,
  proof_invalid: 403,
};

/** The app's errors with the statuses of EST. */
@Catch()
export class EstErrorFilter extends ErrorFilter {
  protected override onThisWire(answer: ErrorAnswer): ErrorAnswer {
    return { ...answer, status: STATUS[answer.body.code] ?? answer.status };
  }
}
