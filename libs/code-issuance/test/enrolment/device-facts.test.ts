import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanFacts } from '../../src/enrolment/device-facts.js';

describe('cleanFacts', () => {
  it('keeps what can be shown', () => {
    const facts = { model: 'Gate 2 (äß 門)', serial: 'A-17', hostname: 'gate-17', address: 'fe80::1' };
    expect(cleanFacts(facts)).toEqual(facts);
  });

  it('takes out what could hide, reorder or overwrite text, and cuts what is too long', () => {
    const model = '\u001b[2Jgood\u202e\u2028\u0000 one';
    expect(cleanFacts({ model, serial: ' \t ', hostname: 'h'.repeat(500) })).toEqual({
      model: '[2Jgood one',
      hostname: 'h'.repeat(128),
    });
  });

  it('makes anything at all fit to be shown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (serial) => {
        const clean = cleanFacts({ serial }).serial ?? '';
        expect([...clean].length).toBeLessThanOrEqual(128);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(clean.trimStart()).toBe(clean);
      }),
    );
  });
});
