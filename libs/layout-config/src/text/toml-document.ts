import type { ConfigLocation, JsonObject, JsonValue, TextPlace } from '@org/domain';
import { type Path, pathText, valueAt } from '../layout/path.js';

interface Parts {
  /** Undefined when no file was loaded. */
  readonly file: string | undefined;
  readonly value: JsonObject;
  /** By `pathText`, as written. */
  readonly places: ReadonlyMap<string, TextPlace>;
  /** By the `pathText` of where a value stands now: where it was written. */
  readonly moved?: ReadonlyMap<string, Path>;
}

/** A TOML file's values and where each was written. It never changes: what moves a value gets a new document. */
export class TomlDocument {
  constructor(private readonly parts: Parts) {}

  get file(): string | undefined {
    return this.parts.file;
  }

  get value(): JsonObject {
    return this.parts.value;
  }

  get(path: Path): JsonValue | undefined {
    return valueAt(this.value, path);
  }

  /** As `get`; an empty text says nothing, as in the original. */
  said(path: Path): JsonValue | undefined {
    const value = this.get(path);
    return value === '' ? undefined : value;
  }

  /** Without what stands there; something must. */
  without(path: Path): TomlDocument {
    return new TomlDocument({ ...this.parts, value: without(this.value, path) });
  }

  /**
   * With what stands at `from` at `to` instead; messages about it go on pointing to where it was written. Tables that `to`
   * needs are made where nothing stands.
   */
  withMoved(from: Path, to: Path): TomlDocument {
    const value = withValue(without(this.value, from), to, this.get(from)!) as JsonObject;
    const moved = new Map(this.parts.moved).set(pathText(to), from);
    return new TomlDocument({ ...this.parts, value, moved });
  }

  /** The key with its position, or with that of the nearest table around it. */
  subject(path: Path): ConfigLocation {
    return { key: pathText(path), file: this.file, ...this.#place(path) };
  }

  /** Undefined where the position is not known. */
  line(path: Path): number | undefined {
    return this.parts.places.get(pathText(path))?.line;
  }

  #place(path: Path): TextPlace | undefined {
    const written = this.#asWritten(path);
    for (let length = written.length; length > 0; length--) {
      const found = this.parts.places.get(pathText(written.slice(0, length)));
      if (found) return found;
    }
    return undefined;
  }

  #asWritten(path: Path): Path {
    for (let length = path.length; length > 0; length--) {
      const from = this.parts.moved?.get(pathText(path.slice(0, length)));
      if (from) return [...from, ...path.slice(length)];
    }
    return path;
  }
}

/** A copy of the tables on the way; the rest is shared. */
function without(table: JsonObject, [key, ...below]: Path): JsonObject {
  const { [key!]: value, ...others } = table;
  return below.length === 0 ? others : { ...table, [key!]: without(value as JsonObject, below) };
}

function withValue(at: JsonValue | undefined, [key, ...below]: Path, value: JsonValue): JsonValue {
  if (key === undefined) return value;
  const inner = withValue(valueAt(at, [key]), below, value);
  return Array.isArray(at)
    ? at.with(key as number, inner)
    : { ...(at as JsonObject | undefined), [key]: inner };
}
