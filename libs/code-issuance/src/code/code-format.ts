import type { RandomSource } from '../random.js';

/** A kind of code that people read from one screen and type into another. */
export interface CodeFormat {
  /** Guesses that find a given code for certain: one over the likelihood of the likeliest code. */
  readonly space: number;
  /** A new code in its plain form. */
  draw(random: RandomSource): string;
  /** The plain form of what was typed or sent; undefined when it is no such code. */
  parse(text: string): string | undefined;
  /** As it is shown, from the plain form. */
  format(code: string): string;
}
