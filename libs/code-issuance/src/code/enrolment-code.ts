import { drawText } from '../random.js';
import type { CodeFormat } from './code-format.js';

/** Letters that are hard to confuse and that spell no words (RFC 8628 §6.1). */
export const CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';

/** Room for spaces and dashes between all letters; longer text is not looked at. */
const MAX_TYPED = 32;
const SEPARATORS = /[\s\-\u2010-\u2015]/g;

/** @param length an even number of letters, shown in two halves; read in any case, with dashes and spaces anywhere */
function codeOf(length: number): CodeFormat {
  const half = length / 2;
  // Without the flag "u", so that no letter outside ASCII counts as one inside it.
  const form = new RegExp(`^[${CODE_ALPHABET}]{${length}}$`, 'i');
  return {
    space: CODE_ALPHABET.length ** length,
    draw: (random) => drawText(random, CODE_ALPHABET, length),
    parse(text) {
      if (text.length > MAX_TYPED) return undefined;
      const letters = text.replace(SEPARATORS, '');
      return form.test(letters) ? letters.toUpperCase() : undefined;
    },
    format: (code) => `${code.slice(0, half)}-${code.slice(half)}`,
  };
}

/** Codes made here: 8 letters, 34.6 bits, shown `XXXX-XXXX`. */
export const enrolmentCode = codeOf(8);

/** Those made while many wait: 10 letters, 43.2 bits, shown `XXXXX-XXXXX`, so that a crowd makes none easier to guess. */
export const crowdCode = codeOf(10);

/** The plain form of either. */
export const parseEnrolmentCode = (text: string): string | undefined =>
  enrolmentCode.parse(text) ?? crowdCode.parse(text);
