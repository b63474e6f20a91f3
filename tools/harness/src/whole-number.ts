import { InvalidArgumentError } from 'commander';

/** For an option of commander's that is a number, from 1 on. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}
