import { randomUUID } from 'node:crypto';

/** Where ids and generated secrets come from. */
export interface IdSource {
  /** A lower-case UUIDv4 (122 random bits from the system's source). */
  uuid(): string;
}

export const randomIds: IdSource = { uuid: () => randomUUID() };
