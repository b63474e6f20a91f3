import { drawText } from '../random.js';
import type { CodeFormat } from './code-format.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LENGTH = 6;
const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/**
 * Codes as mecha-agent makes them: `[A-Z0-9]{6}`, read exactly so. The agent draws from both cases of the
 * letters and makes them upper-case, so that a letter is as likely as 2 in 62: an attacker who guesses codes of
 * letters only needs 31^6 guesses, and not 36^6.
 */
export const deviceMadeCode: CodeFormat = {
  space: 31 ** LENGTH,
  draw: (random) => drawText(random, ALPHABET, LENGTH),
  parse: (text) => (CODE.test(text) ? text : undefined),
  format: (code) => code,
};
