import type { OpenAPIObject } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { type DtoClass, rulesOf } from '../request/dto-fields.js';

type Facts = Readonly<Record<string, unknown>>;

/** In the words of JSON Schema, by the name of class-validator's rule. */
const FACTS: Readonly<Record<string, (argument: unknown) => Facts>> = {
  isNotEmpty: () => ({ minLength: 1 }),
  maxLength: (most) => ({ maxLength: most }),
  matches: (pattern) => ({ pattern: (pattern as RegExp).source }),
};

/** Adds the constraints that the DTOs declare to the fields of requests. What a controller declares itself stays. */
export function stateConstraints({ components }: OpenAPIObject): void {
  for (const type of dtoClasses()) {
    const schema = components?.schemas?.[type.name];
    if (!schema || !('properties' in schema)) continue;
    for (const { propertyName, name = '', constraints = [] } of rulesOf(type)) {
      const property = schema.properties?.[propertyName];
      if (property) Object.assign(property, { ...FACTS[name]?.((constraints as unknown[])[0]), ...property });
    }
  }
}

/** class-validator describes a given class, but does not list its classes. */
function dtoClasses(): DtoClass[] {
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: ReadonlyMap<DtoClass, unknown>;
  };
  return [...validationMetadatas.keys()];
}
