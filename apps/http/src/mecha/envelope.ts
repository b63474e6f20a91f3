import type { JsonValue } from '@org/domain';
import type { ErrorAnswer } from '../errors/error-body.js';

/**
 * What every answer of this wire is wrapped in. Old agents look at nothing but the payload's shape, so a refusal has
 * none; and they read `subErrors` and `errorCode` as text, `statusCode` as a small integer, or not at all.
 */
export interface Envelope<T extends JsonValue = JsonValue> {
  readonly success: boolean;
  readonly status: 'OK' | 'error';
  readonly statusCode: number;
  readonly message: string | null;
  readonly errorCode: string | null;
  readonly subErrors: string | null;
  readonly payload: T | null;
}

export const granted = <T extends JsonValue>(statusCode: number, payload: T): Envelope<T> => ({
  success: true,
  status: 'OK',
  statusCode,
  message: null,
  errorCode: null,
  subErrors: null,
  payload,
});

export function refused({ status, body }: ErrorAnswer): Envelope {
  const { message, code, field } = body;
  return {
    success: false,
    status: 'error',
    statusCode: status,
    message,
    errorCode: code,
    subErrors: typeof field === 'string' ? field : null,
    payload: null,
  };
}
