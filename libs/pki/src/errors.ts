import { type ErrorCode, ProvisionError, type JsonObject } from '@org/domain';

/** An error of kind `invalid`: what was handed in is wrong, and sending it again will not help. */
export function invalid(
  code: ErrorCode,
  message: string,
  more: { readonly cause?: unknown; readonly details?: JsonObject } = {},
): ProvisionError {
  return new ProvisionError({ kind: 'invalid', code, message, ...more });
}
