import { expect, it } from '@jest/globals';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { grpcError } from '../../src/enrolment-api/grpc-error.js';

it('what a server says comes to a terminal as text, and not as commands to it', () => {
  const answered = Object.assign(new Error('internal'), {
    code: status.INTERNAL,
    details: 'no\u001b[2J\u001b]0;owned\u0007\r\n such \u009bthing',
    metadata: new Metadata(),
  }) satisfies ServiceError;
  const { message } = grpcError(answered, 'https://prov.example');
  expect(message).toContain('no\\u001b[2J\\u001b]0;owned\\u0007\\u000d\\u000a such \\u009bthing');
  expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});
