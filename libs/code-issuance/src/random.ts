import { randomBytes } from 'node:crypto';

/** Where codes, polling secrets and tickets come from. */
export interface RandomSource {
  /** `count` bytes, each value equally likely and not to be predicted. */
  bytes(count: number): Uint8Array;
}

export const systemRandom: RandomSource = { bytes: (count) => randomBytes(count) };

/** Bytes of polling secrets and tickets: no one guesses 256 bits, so that these need no attempt limits. */
const SECRET_BYTES = 32;

/** @returns 43 characters of base64url */
export const drawSecret = (random: RandomSource): string =>
  Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');

/**
 * Draws text with every letter equally likely: bytes that would favour some letters are thrown away.
 *
 * @param alphabet of at most 256 characters
 */
export function drawText(random: RandomSource, alphabet: string, length: number): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
