import type { ErrorCode } from './error-codes.js';
import type { JsonObject } from './json.js';

/**
 * What a caller can do about an error, coarse enough for a `switch`:
 *
 * - `unauthenticated`: no one, or no one known, is calling; get a token and try again.
 * - `forbidden`: known, but not allowed.
 * - `not_found`: what was asked about does not exist (or is hidden from this caller).
 * - `conflict`: it clashes with something that exists or is under way.
 * - `invalid`: the input is wrong; sending it again will not help.
 * - `unavailable`: it did certainly not happen; trying later may help.
 * - `ambiguous`: no usable answer; it may or may not have happened.
 * - `internal`: a defect of ours.
 */
export type ErrorKind =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'unavailable'
  | 'ambiguous'
  | 'internal';

export interface ErrorOptions {
  readonly kind: ErrorKind;
  /** Stable, for programs; never changes once released. */
  readonly code: ErrorCode;
  /** Safe to show to anyone: no secrets, no internals. */
  readonly message: string;
  /** What went wrong underneath; for logs only. */
  readonly cause?: unknown;
  /** Facts for programs (ids, limits, field names); safe to show. */
  readonly details?: JsonObject;
}

/** The base of every error that this product raises on purpose. */
export class ProvisionError extends Error {
  override readonly name: string = 'ProvisionError';
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly details: JsonObject | undefined;

  constructor(options: ErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.code = options.code;
    this.details = options.details;
  }
}

/** An error of kind `invalid`: what was handed in is wrong, and sending it again will not help. */
export function invalid(
  code: ErrorCode,
  message: string,
  more: { readonly cause?: unknown; readonly details?: JsonObject } = {},
): ProvisionError {
  return new ProvisionError({ kind: 'invalid', code, message, ...more });
}

/** True for errors raised on purpose, across copies of this package (as `instanceof` is not). */
export function isProvisionError(error: unknown): error is ProvisionError {
  return error instanceof Error && 'kind' in error && 'code' in error && typeof error.kind === 'string';
}

/**
 * For `catch`: what was refused as invalid without naming a field is about this one, and says so in `details.field`. All
 * other errors stay what they are.
 *
 * @param field its name on the wire
 */
export const inField =
  (field: string) =>
  (error: unknown): never => {
    if (!isProvisionError(error) || error.kind !== 'invalid' || error.details?.['field'] !== undefined)
      throw error;
    const { kind, code, message, details } = error;
    throw new ProvisionError({ kind, code, message, details: { ...details, field }, cause: error });
  };
