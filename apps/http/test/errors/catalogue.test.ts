import { expect, it } from '@jest/globals';
import { type ErrorCode, ProvisionError } from '@org/domain';
import { EXPLANATIONS } from '@org/provision-cli';
import { answerFor } from '../../src/errors/error-body.js';

const explained = Object.entries(EXPLANATIONS) as [ErrorCode, (typeof EXPLANATIONS)[ErrorCode]][];

/** Raised with a status of their own, by which tests of requests know them. */
const OWN_STATUS: readonly ErrorCode[] = ['body_too_large', 'unsupported_content_type'];

it('the catalogue of errors tells the status that this app answers with', () => {
  const wrong = explained.flatMap(([code, { kind, status }]) => {
    if (kind === undefined || status === undefined || OWN_STATUS.includes(code)) return [];
    const answered = answerFor(new ProvisionError({ kind, code, message: code })).status;
    return answered === status ? [] : [`${code}: ${status}, but answered with ${answered}`];
  });
  expect(wrong).toEqual([]);
});
