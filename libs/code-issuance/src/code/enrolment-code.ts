import { drawText } from '../random.js';
import type { CodeFormat } from './code-format.js';

/** Letters that are hard to confuse and that spell no words (RFC 8628 §6.1). */
export const CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const HALF = LENGTH / 2;

/** Room for spaces and dashes between all letters; longer text is not looked at. */
const MAX_TYPED = 32;
const SEPARATORS = /[\s\-\u2010-\u2015]/g;
// Without the flag "u", so that no letter outside ASCII counts as one inside it.
const CODE = new RegExp(`^[${CODE_ALPHABET}]{${LENGTH}}$`, 'i');

/** Codes made here: 8 letters, 34.6 bits, shown `XXXX-XXXX`; read in any case, with dashes and spaces anywhere. */
export const enrolmentCode: CodeFormat = {
  space: CODE_ALPHABET.length ** LENGTH,
  draw: (random) => drawText(random, CODE_ALPHABET, LENGTH),
  parse(text) {
    if (text.length > MAX_TYPED) return undefined;
    const letters = text.replace(SEPARATORS, '');
    return CODE.test(letters) ? letters.toUpperCase() : undefined;
  },
  format: (code) => `${code.slice(0, HALF)}-${code.slice(HALF)}`,
};
