import 'reflect-metadata';
import { ValidationTypes, getMetadataStorage } from 'class-validator';
import type { UnknownName } from './unknown-name.js';

export type DtoClass<T extends object = object> = new () => T;

/** The fields that a DTO declares, by name; with a class for those that are DTOs themselves. */
type Fields = ReadonlyMap<string, DtoClass | undefined>;

const known = new Map<DtoClass, Fields>();

function fieldsOf(type: DtoClass): Fields {
  const fields = known.get(type) ?? declaredFields(type);
  known.set(type, fields);
  return fields;
}

export const rulesOf = (type: DtoClass) =>
  getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);

/** As the decorators of class-validator declare them. */
function declaredFields(type: DtoClass): Fields {
  const fields = new Map<string, DtoClass | undefined>();
  for (const rule of rulesOf(type)) {
    const { propertyName: name } = rule;
    const isNested = rule.type === ValidationTypes.NESTED_VALIDATION;
    const nested = isNested
      ? (Reflect.getMetadata('design:type', type.prototype, name) as DtoClass)
      : fields.get(name);
    fields.set(name, nested);
  }
  return fields;
}

/**
 * A DTO with those of its fields that a body has, nested DTOs included. The body's other fields are not looked at, so
 * what a caller adds costs nothing.
 */
export function pickFields<T extends object>(type: DtoClass<T>, body: object): T {
  const dto = new type();
  for (const [name, nested] of fieldsOf(type)) {
    if (!Object.hasOwn(body, name)) continue;
    const value = (body as Record<string, unknown>)[name];
    Object.assign(dto, { [name]: nested && isTable(value) ? pickFields(nested, value) : value });
  }
  return dto;
}

/** The first field of a body, nested DTOs included, that its DTO does not declare. */
export function undeclaredField(type: DtoClass, body: object, prefix = ''): UnknownName | undefined {
  const fields = fieldsOf(type);
  const known = [...fields.keys()].map((name) => prefix + name);
  for (const name of Object.keys(body)) {
    if (!fields.has(name)) return { name: prefix + name, known };
    const nested = fields.get(name);
    const value = (body as Record<string, unknown>)[name];
    const inside = nested && isTable(value) ? undeclaredField(nested, value, `${prefix}${name}.`) : undefined;
    if (inside) return inside;
  }
  return undefined;
}

/**
 * A body whose keys are as a DTO spells its fields: Go's JSON decoder takes them in any case (Magistrala wire §0.3), and of
 * those that come twice the last.
 */
export function spelledAs(type: DtoClass, body: object): object {
  const names = new Map([...fieldsOf(type).keys()].map((name) => [name.toLowerCase(), name]));
  const spelled = Object.entries(body).map(([name, value]) => [names.get(name.toLowerCase()) ?? name, value]);
  return Object.fromEntries(spelled) as object;
}

const isTable = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
