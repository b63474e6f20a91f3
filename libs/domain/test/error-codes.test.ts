import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES, ProvisionError } from '../src/index.js';

describe('error codes', () => {
  it('are the only ones that an error can be created with', () => {
    // @ts-expect-error: the type check of the tests fails if this code is accepted.
    new ProvisionError({ kind: 'invalid', code: 'not_in_the_list', message: 'Refused.' });
  });

  it('are listed once each, sorted', () => {
    expect(ERROR_CODES).toEqual([...new Set(ERROR_CODES)].sort());
  });

  it('are words that every protocol carries unchanged', () => {
    expect(ERROR_CODES.filter((code) => !/^[a-z][a-z0-9_]{0,62}$/.test(code))).toEqual([]);
  });
});
