import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renewalDue } from '../src/index.js';

const HOUR = 3600e3;
const validity = { notBefore: 0, notAfter: 300 * HOUR };
const due = (hours: number, more: object = {}) => renewalDue({ ...validity, now: hours * HOUR, ...more });

describe('renewalDue', () => {
  it('is at two thirds of the life', () => {
    expect(due(0)).toEqual({ due: false, at: 200 * HOUR });
    expect(due(199.9).due).toBe(false);
    expect(due(200).due).toBe(true);
    expect(due(400).due).toBe(true);
  });

  it('is spread by jitter over a tenth of the life', () => {
    expect(due(0, { jitter: 0 }).at).toBe(185 * HOUR);
    expect(due(0, { jitter: 1 }).at).toBe(215 * HOUR);
  });

  it('is when the server says, but never in the last tenth', () => {
    expect(due(10, { serverHint: 9 * HOUR })).toEqual({ due: true, at: 9 * HOUR });
    expect(due(10, { serverHint: 250 * HOUR }).at).toBe(250 * HOUR);
    expect(due(10, { serverHint: 299 * HOUR }).at).toBe(270 * HOUR);
  });

  it('is always within the life, and due exactly from then on', () => {
    const life = fc.integer({ min: 1, max: 1e12 });
    fc.assert(
      fc.property(
        fc.nat(2e12),
        life,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (notBefore, length, jitter) => {
          const options = { notBefore, notAfter: notBefore + length, jitter };
          const { at } = renewalDue({ ...options, now: notBefore });
          expect(at).toBeGreaterThanOrEqual(notBefore);
          expect(at).toBeLessThanOrEqual(notBefore + length);
          expect(renewalDue({ ...options, now: at }).due).toBe(true);
          expect(renewalDue({ ...options, now: at - 1 }).due).toBe(false);
        },
      ),
    );
  });
});
