import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { HttpFailure } from '../errors/http-failure.js';
import { WIRE } from '../errors/messages.js';

/** What to answer when a required text is absent or empty. */
export interface Missing {
  readonly field: string;
  readonly status: number;
  readonly message: string;
  readonly code: string;
}

/**
 * Turns a JSON object into a DTO. A field of another type than asked is malformed JSON to this wire; absent
 * and empty texts are answered in the order of `required`.
 */
export function validated<T extends object>(
  type: ClassConstructor<T>,
  body: object,
  required: readonly Missing[],
): T {
  const dto = plainToInstance(type, body);
  const errors = validateSync(dto, { whitelist: true });
  const wrong = errors.find(
    (error) => error.value !== undefined && error.value !== null && error.value !== '',
  );
  if (wrong)
    throw new HttpFailure(400, {
      kind: 'invalid',
      code: 'invalid_json',
      message: WIRE.json,
      details: { field: wrong.property, wanted: Object.values(wrong.constraints ?? {}).join('; ') },
    });
  for (const { field, status, message, code } of required)
    if (errors.some((error) => error.property === field))
      throw new HttpFailure(status, { kind: 'invalid', code, message, details: { field } });
  return dto;
}
