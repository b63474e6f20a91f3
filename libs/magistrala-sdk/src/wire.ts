import type { JsonObject } from '@org/domain';

/** What an entity was read from. */
export interface FromWire {
  /**
   * As the service answered, for callers that pass it on. It holds secrets in plaintext, so it is not enumerable: no log,
   * JSON or copy of the entity has it.
   */
  readonly wire: JsonObject;
}

export function fromWire<T extends object>(entity: T, wire: object): T & FromWire {
  return Object.defineProperty(entity, 'wire', { value: wire, enumerable: false }) as T & FromWire;
}
