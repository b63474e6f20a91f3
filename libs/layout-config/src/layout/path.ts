import type { JsonValue } from '@org/domain';

/** Keys and indexes from the top of a TOML document. */
export type Path = readonly (string | number)[];

/** `clients[0].metadata."a key"`. */
export function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return `${index === 0 ? '' : '.'}${/^[\w-]+$/.test(part) ? part : JSON.stringify(part)}`;
    })
    .join('');
}

/** What a key of a table or index of a list holds; undefined when there is none. */
export function valueAt(value: JsonValue | undefined, path: Path): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as Record<string | number, JsonValue>)[part]
        : undefined,
    value,
  );
}
