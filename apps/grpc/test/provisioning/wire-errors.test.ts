import { describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { type ErrorKind, ProvisionError } from '@org/domain';
import { inWireWords, refusedCode } from '../../src/provisioning/wire-errors.js';

const failed = async (error: unknown) =>
  inWireWords(refusedCode, () => Promise.reject(error)).catch((answer: unknown) => answer);

describe('to the screen of a legacy device', () => {
  it.each<ErrorKind>(['not_found', 'unavailable', 'conflict', 'forbidden'])(
    'a code that is %s is one to keep polling with',
    async (kind) => {
      const error = new ProvisionError({ kind, code: 'code_unknown', message: 'not now' });
      expect(await failed(error)).toMatchObject({
        status: status.UNKNOWN,
        message: 'ProvisioningErrorCodes: ParseResponseError - not now',
      });
    },
  );

  it('a defect is not, and says nothing of itself', async () => {
    expect(await failed(new Error('x is not a function'))).toMatchObject({
      status: status.UNKNOWN,
      message: 'ProvisioningErrorCodes: UnknownError - internal error',
    });
  });
});
