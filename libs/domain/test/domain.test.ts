import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { ProvisionError, Secret, inField, isProvisionError, parseDuration } from '../src/index.js';

describe('Secret', () => {
  const secret = new Secret('hunter2');

  it.each([
    ['a template', `${secret}`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ deep: { secret } })],
    ['an error message', String(new Error(`failed with ${secret}`))],
  ])('does not show in %s', (_, text) => {
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('hunter2');
  });

  it('gives the text when asked for it', () => expect(secret.reveal()).toBe('hunter2'));
});

describe('parseDuration', () => {
  it.each([
    ['2400h', 2400 * 3600e3],
    ['1h30m', 90 * 60e3],
    ['250ms', 250],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.005s', 1005],
    ['0.1h', 360e3],
    ['1.1ms', 1.1],
    ['2562047h47m16.854775807s', 9223372036854.775],
    ['0', 0],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 'h', '.', '.s', '-1h', '1d', '1h 30m', '1hh', '2562048h', `${'9'.repeat(99)}h`])(
    'refuses %p',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );
});

describe('ProvisionError', () => {
  it('is recognised, and keeps its cause', () => {
    const cause = new Error('socket hang up');
    const error = new ProvisionError({
      kind: 'unavailable',
      code: 'connection_lost',
      message: 'try later',
      cause,
    });
    expect(isProvisionError(error)).toBe(true);
    expect(isProvisionError(cause)).toBe(false);
    expect(error.cause).toBe(cause);
  });
});

describe('inField', () => {
  const thrownFor = async (error: Error) =>
    Promise.reject(error)
      .catch(inField('csr'))
      .catch((it) => it);

  it('names the field of what is invalid, unless it is named already', async () => {
    const options = { kind: 'invalid', code: 'csr_too_large', message: 'too large' } as const;
    const error = new ProvisionError({ ...options, details: { maxBytes: 9 } });
    const named = await thrownFor(error);
    expect(named).toMatchObject({ ...options, details: { maxBytes: 9, field: 'csr' }, cause: error });
    expect(await thrownFor(new ProvisionError({ ...options, details: { field: 'device' } }))).toMatchObject({
      details: { field: 'device' },
    });
  });

  it('leaves everything else alone', async () => {
    for (const error of [
      new Error('a defect'),
      new ProvisionError({ kind: 'not_found', code: 'not_found', message: 'not here' }),
    ])
      expect(await thrownFor(error)).toBe(error);
  });
});
