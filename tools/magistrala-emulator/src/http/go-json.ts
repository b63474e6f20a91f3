import type { JsonObject, JsonValue } from '@org/domain';

/** The text, or the value in it, is not what a Go decoder accepts. */
export class MalformedJson extends Error {}

/**
 * The first JSON value of a text; what follows it is ignored, as Go's `json.Decoder` does (Magistrala wire §0.3).
 *
 * @throws MalformedJson when there is no complete value.
 */
export function firstValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return wholeValue(text.slice(0, endOfFirstValue(text)));
  }
}

/** One JSON value and nothing else, as Go's `json.Unmarshal` wants it. */
export function wholeValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new MalformedJson('not JSON', { cause });
  }
}

function endOfFirstValue(text: string): number {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else continue;
    if (depth === 0 && !inString) return at + 1;
  }
  return text.length;
}

/** Turns a JSON value into a typed one, or throws: MalformedJson for a wrong type, a Refusal for a typed error. */
export interface Shape<T> {
  (value: JsonValue): T;
  /** Whether `null` reaches the shape; otherwise it leaves the field absent. */
  readonly seesNull?: boolean;
}

type Shapes = Record<string, Shape<unknown>>;
export type Fields<S extends Shapes> = { -readonly [K in keyof S]?: ReturnType<S[K]> };

const wrongType = () => new MalformedJson('wrong type');

export const text: Shape<string> = (value) => {
  if (typeof value !== 'string') throw wrongType();
  return value;
};

export const number: Shape<number> = (value) => {
  if (typeof value !== 'number') throw wrongType();
  return value;
};

export const flag: Shape<boolean> = (value) => {
  if (typeof value !== 'boolean') throw wrongType();
  return value;
};

export const anyObject: Shape<JsonObject> = (value) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrongType();
  return value;
};

export const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

export const time: Shape<string> = (value) => {
  if (typeof value !== 'string' || !RFC3339.test(value)) throw wrongType();
  return value;
};

export function listOf<T>(shape: Shape<T>, forNull: () => T): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw wrongType();
    return value.map((item) => (item === null && !shape.seesNull ? forNull() : shape(item)));
  };
}

export const texts: Shape<string[]> = listOf(text, () => '');

/** An object with known fields: names match in any case, unknown ones are ignored, the last duplicate wins. */
export function fields<S extends Shapes>(shapes: S): Shape<Fields<S>> {
  const byLowerName = new Map(Object.keys(shapes).map((name) => [name.toLowerCase(), name as keyof S]));
  return (value) => {
    const found: Fields<S> = {};
    if (value === null) return found;
    for (const [key, member] of Object.entries(anyObject(value))) {
      const name = byLowerName.get(key.toLowerCase());
      if (name === undefined) continue;
      const shape = shapes[name] as Shape<ReturnType<S[typeof name]>>;
      if (member !== null || shape.seesNull) found[name] = shape(member);
    }
    return found;
  };
}
