import { expect } from '@jest/globals';

/** Matches an error by what programs go by. */
export const anError = (kind: string, code: string): object =>
  expect.objectContaining({ kind, code, message: expect.stringMatching(/\.$/) }) as object;

export const invalidError = (code: string): object => anError('invalid', code);
