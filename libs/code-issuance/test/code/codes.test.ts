import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CODE_ALPHABET, deviceMadeCode, enrolmentCode, keyFingerprint } from '../../src/index.js';
import { drawText, systemRandom } from '../../src/random.js';

const plainCode = fc.string({
  unit: fc.constantFrom(...CODE_ALPHABET),
  minLength: 8,
  maxLength: 8,
});
const separator = fc.constantFrom('', ' ', '-', '–', '\t', ' - ');

describe('enrolment codes', () => {
  it('are read back from what is shown, in any case, dashed and spaced anyhow', () => {
    const typed = fc.tuple(
      plainCode,
      fc.array(separator, { minLength: 9, maxLength: 9 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    );
    fc.assert(
      fc.property(typed, ([code, separators, lower]) => {
        const letters = [...code].map((letter, n) => (lower[n] ? letter.toLowerCase() : letter));
        const text = separators.map((between, n) => between + (letters[n] ?? '')).join('');
        expect(enrolmentCode.parse(enrolmentCode.format(code))).toBe(code);
        expect(enrolmentCode.parse(text)).toBe(text.length > 32 ? undefined : code);
      }),
    );
  });

  it('are nothing else: whatever is read is eight letters of the alphabet', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), plainCode), (text) => {
        const code = enrolmentCode.parse(text);
        if (code !== undefined) expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
      }),
    );
    for (const text of [
      '',
      'BCDF',
      'BCDFGHJKL',
      'BCDF-GHJA',
      'BCDFGHJ0',
      'BCDF_GHJK',
      // Long s, Kelvin sign and full-width K: letters that become ASCII ones when their case is changed.
      'BCDFGHJ\u017f',
      'BCDFGHJ\u212a',
      'BCDFGHJ\uff2b',
    ])
      expect(enrolmentCode.parse(text)).toBeUndefined();
    expect(enrolmentCode.parse(' '.repeat(1e6) + 'BCDFGHJK')).toBeUndefined();
  });

  it('show a dash in the middle', () => {
    expect(enrolmentCode.format('BCDFGHJK')).toBe('BCDF-GHJK');
  });

  it('are drawn with every letter equally likely at every place', () => {
    const draws = 20_000;
    const counts = Array.from({ length: 8 }, () => new Map<string, number>());
    for (let n = 0; n < draws; n++)
      [...enrolmentCode.draw(systemRandom)].forEach((letter, place) =>
        counts[place]!.set(letter, (counts[place]!.get(letter) ?? 0) + 1),
      );
    // Six standard deviations: fails by chance about once in three million runs.
    const spread = 6 * Math.sqrt(draws * 0.05 * 0.95);
    for (const place of counts) {
      expect(place.size).toBe(20);
      for (const count of place.values()) expect(Math.abs(count - draws / 20)).toBeLessThan(spread);
    }
  });
});

describe('drawText', () => {
  it('throws bytes away that would favour some letters', () => {
    const bytes = [255, 240, 0, 250, 239, 1];
    const random = { bytes: (count: number) => Uint8Array.from({ length: count }, () => bytes.shift()!) };
    expect(drawText(random, CODE_ALPHABET, 3)).toBe('BZC');
  });
});

describe('codes made by devices', () => {
  it('are read exactly', () => {
    expect(deviceMadeCode.parse('A1B2C3')).toBe('A1B2C3');
    for (const text of ['a1b2c3', 'A1B2C', 'A1B2C34', ' A1B2C3', 'A1B2C3\n', 'A1B-2C3', 'Ä1B2C3'])
      expect(deviceMadeCode.parse(text)).toBeUndefined();
  });

  it('drawn here are read back, and no code is of both kinds', () => {
    for (let n = 0; n < 200; n++) {
      const code = deviceMadeCode.draw(systemRandom);
      expect(deviceMadeCode.parse(code)).toBe(code);
      expect(enrolmentCode.parse(code)).toBeUndefined();
    }
  });
});

it('names a key by the SHA-256 of its SPKI', () => {
  expect(keyFingerprint(Buffer.from('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
