import type { ErrorCode } from '@org/domain';
import { type ValidationError, validateSync } from 'class-validator';
import { HttpFailure } from '../errors/http-failure.js';
import { WIRE } from '../errors/messages.js';
import { type DtoClass, pickFields, spelledAs, undeclaredField } from './dto-fields.js';
import { unknownField } from './unknown-name.js';

/** What to answer when a required text is absent or empty. */
export interface Missing {
  readonly field: string;
  readonly status: number;
  readonly message: string;
  readonly code: ErrorCode;
}

/**
 * Turns a JSON object into a DTO. A field of another type than asked is malformed JSON to this wire; absent
 * and empty texts are answered in the order of `required`.
 */
export function validated<T extends object>(
  type: DtoClass<T>,
  body: object,
  required: readonly Missing[],
): T {
  const spelled = spelledAs(type, body);
  assertDeclared(type, spelled);
  const { dto, errors } = check(type, spelled);
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

/** The same for wires of our own: says in words what is wrong with the first field that does not fit. */
export function fitted<T extends object>(type: DtoClass<T>, body: object): T {
  assertDeclared(type, body);
  return fittedLoosely(type, body);
}

/** For wires of others: unknown fields are ignored. */
export function fittedLoosely<T extends object>(type: DtoClass<T>, body: object): T {
  const { dto, errors } = check(type, body);
  const [wrong] = errors;
  if (!wrong) return dto;
  const { field, message } = innermost(wrong);
  throw new HttpFailure(400, { kind: 'invalid', code: 'invalid_field', message, details: { field } });
}

/** @throws HttpFailure 400 `unknown_field` */
function assertDeclared(type: DtoClass, body: object): void {
  const unknown = undeclaredField(type, body);
  if (unknown) throw unknownField(unknown);
}

function check<T extends object>(type: DtoClass<T>, body: object) {
  const dto = pickFields(type, body);
  return { dto, errors: validateSync(dto) };
}

function innermost({ property, constraints, children }: ValidationError): { field: string; message: string } {
  const [message] = Object.values(constraints ?? {});
  const [child] = children ?? [];
  if (message !== undefined || !child) return { field: property, message: message ?? `${property} is wrong` };
  const inner = innermost(child);
  return { field: `${property}.${inner.field}`, message: `${property}.${inner.message}` };
}
