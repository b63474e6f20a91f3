import { describe, expect, it } from '@jest/globals';
import { ProvisionError, Secret, describeError } from '../src/index.js';

describe('an error for a log', () => {
  it('has what programs and people need, causes included, and no more', () => {
    const cause = Object.assign(new Error('refused'), { request: { body: 'hunter2' } });
    const error = new ProvisionError({
      kind: 'unavailable',
      code: 'connect_failed',
      message: 'Nobody is there.',
      details: { retryAfterMs: 5 },
      cause,
    });
    const described = describeError(error);
    expect(described).toEqual({
      type: 'ProvisionError',
      kind: 'unavailable',
      code: 'connect_failed',
      message: 'Nobody is there.',
      details: { retryAfterMs: 5 },
      cause: { type: 'Error', message: 'refused', stack: expect.stringContaining('describe-error') },
    });
    expect(JSON.stringify(described)).not.toContain('hunter2');
  });

  it('says little of what is no error', () => {
    expect(describeError(new Secret('hunter2'))).toEqual({ message: 'a thrown object' });
  });
});
