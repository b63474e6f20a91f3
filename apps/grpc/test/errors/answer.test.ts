import { describe, expect, it } from '@jest/globals';
import { type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorCode, type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';
import { answerFor } from '../../src/errors/answer.js';
import { refusalOf } from '../support/device.js';

const told = (kind: ErrorKind, code: ErrorCode = 'code_unknown', details?: JsonObject) =>
  refusalOf(
    answerFor(
      new ProvisionError({ kind, code, message: 'words', ...(details && { details }) }),
    ) as ServiceError,
  );

describe('an error', () => {
  it.each<[ErrorKind, string]>([
    ['unauthenticated', 'UNAUTHENTICATED'],
    ['forbidden', 'PERMISSION_DENIED'],
    ['not_found', 'NOT_FOUND'],
    ['conflict', 'FAILED_PRECONDITION'],
    ['invalid', 'INVALID_ARGUMENT'],
    ['unavailable', 'UNAVAILABLE'],
    ['ambiguous', 'UNAVAILABLE'],
  ])('of kind %s is %s', (kind, name) => {
    expect(told(kind)).toMatchObject({
      status: name,
      text: 'words',
      reason: 'code_unknown',
      domain: 'provision',
    });
  });

  it('says how long to wait, and that a limit is one', () => {
    expect(told('unavailable', 'too_many_attempts', { retryAfter: 7 })).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      retryAfter: 7,
    });
    expect(told('unavailable')).toMatchObject({ retryAfter: 5 });
    expect(told('invalid')).toMatchObject({ retryAfter: undefined });
  });

  it('of ours, or unknown, says nothing of itself', () => {
    const hidden = { status: 'INTERNAL', text: 'internal error', reason: 'internal' };
    expect(told('internal')).toMatchObject(hidden);
    for (const error of [new Error('secret'), 'text', undefined, { code: status.OK }])
      expect(refusalOf(answerFor(error) as ServiceError)).toMatchObject(hidden);
  });
});
