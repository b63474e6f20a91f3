import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RenewalFacts, decideRenewal, longestPause } from '../../src/index.js';
import { DAY, HOUR, MINUTE, NOW } from '../support/authority.js';

/** The middle of the jitter. */
const fingerprint = `8${'0'.repeat(63)}`;
const certificate = { fingerprint, notBefore: NOW, notAfter: NOW + 90 * DAY };
const decide = (now: number, more: Partial<RenewalFacts> = {}) =>
  decideRenewal({ certificate, now, ...more });

describe('whether to renew', () => {
  it('is at two thirds of the life, and from then on', () => {
    expect(decide(NOW)).toEqual({ action: 'wait', until: NOW + 60 * DAY, reason: 'not_due' });
    expect(decide(NOW + 60 * DAY)).toEqual({ action: 'renew', reason: 'due' });
    expect(decide(NOW + 91 * DAY)).toEqual({ action: 'renew', reason: 'expired' });
  });

  it('is spread over the devices, and the same for a device whenever it is asked', () => {
    const until = (first: string) => {
      const decision = decide(NOW, { certificate: { ...certificate, fingerprint: first.padEnd(64, '0') } });
      return decision.action === 'wait' ? (decision.until - NOW) / DAY : Number.NaN;
    };
    expect(until('0')).toBeCloseTo(55.5);
    expect(until('f'.repeat(64))).toBeCloseTo(64.5);
    expect(until('abc')).toBe(until('abc'));
  });

  it('is when the server says so, but not in the last moment', () => {
    expect(decide(NOW + DAY, { serverHint: NOW + DAY })).toEqual({ action: 'renew', reason: 'due' });
    expect(decide(NOW, { serverHint: NOW + 89 * DAY })).toMatchObject({ until: NOW + 81 * DAY });
  });

  it('is not before the pause after a failure is over, unless the clock was set back since', () => {
    const at = NOW + 60 * DAY;
    const backOff = { at, until: at + HOUR };
    expect(decide(at + MINUTE, { backOff })).toEqual({
      action: 'wait',
      until: at + HOUR,
      reason: 'backing_off',
    });
    expect(decide(at + HOUR, { backOff })).toMatchObject({ action: 'renew' });
    const fromTheFuture = { at: at + 365 * DAY, until: at + 366 * DAY };
    expect(decide(at, { backOff: fromTheFuture })).toMatchObject({ action: 'renew' });
  });

  it('cannot be said when the clock stands before the certificate', () => {
    expect(decide(0)).toEqual({ action: 'ask_time' });
    expect(decide(NOW - 4 * MINUTE)).toMatchObject({ action: 'wait' });
  });

  it('is never put off beyond the end, whatever the facts', () => {
    const any = fc.record({
      life: fc.integer({ min: 1, max: 1e11 }),
      now: fc.nat(2e12),
      hint: fc.option(fc.nat(4e12), { nil: undefined }),
    });
    fc.assert(
      fc.property(any, fc.stringMatching(/^[0-9a-f]{64}$/), ({ life, now, hint }, print) => {
        const facts = { fingerprint: print, notBefore: 1e12, notAfter: 1e12 + life };
        const decision = decideRenewal({ certificate: facts, now, serverHint: hint });
        if (decision.action === 'wait') expect(decision.until).toBeLessThanOrEqual(facts.notAfter);
        if (now > facts.notAfter) expect(decision.action).toBe('renew');
      }),
    );
  });

  it('leaves time for several attempts', () => {
    expect(longestPause(NOW + 30 * DAY, NOW)).toBe(6 * HOUR);
    expect(longestPause(NOW + 8 * HOUR, NOW)).toBe(HOUR);
    expect(longestPause(NOW + MINUTE, NOW)).toBe(MINUTE);
    expect(longestPause(NOW, NOW + DAY)).toBe(HOUR);
  });
});
