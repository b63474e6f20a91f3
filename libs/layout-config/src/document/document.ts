import type { ConfigLocation, JsonObject, JsonValue } from '@org/domain';
import { type Path, pathText, valueAt } from '../layout/path.js';

/** A TOML file's values and where each stands; obsolete keys can be moved to where they stand today. */
export class TomlDocument {
  readonly #moved = new Map<string, Path>();

  constructor(
    /** Undefined when no file was loaded. */
    readonly file: string | undefined,
    readonly value: JsonObject,
    private readonly positions: ReadonlyMap<string, { line: number; column: number }>,
  ) {}

  get(path: Path): JsonValue | undefined {
    return valueAt(this.value, path);
  }

  /** As `get`; an empty text says nothing, as in the original. */
  said(path: Path): JsonValue | undefined {
    const value = this.get(path);
    return value === '' ? undefined : value;
  }

  remove(path: Path): void {
    const parent = this.get(path.slice(0, -1)) as JsonObject;
    delete parent[path.at(-1)!];
  }

  /** Moves a value; messages about it go on pointing to where it was written. The target's parent must exist. */
  move(from: Path, to: Path): void {
    const value = this.get(from)!;
    this.remove(from);
    (this.get(to.slice(0, -1)) as JsonObject)[to.at(-1)!] = value;
    this.#moved.set(pathText(to), from);
  }

  /** The key with its position, or with that of the nearest table around it. */
  subject(path: Path): ConfigLocation {
    return { key: pathText(path), file: this.file, ...this.#position(path) };
  }

  /** Undefined where the position is not known. */
  line(path: Path): number | undefined {
    return this.positions.get(pathText(path))?.line;
  }

  #position(path: Path): { line: number; column: number } | undefined {
    const written = this.#asWritten(path);
    for (let length = written.length; length > 0; length--) {
      const found = this.positions.get(pathText(written.slice(0, length)));
      if (found) return found;
    }
    return undefined;
  }

  #asWritten(path: Path): Path {
    for (let length = path.length; length > 0; length--) {
      const from = this.#moved.get(pathText(path.slice(0, length)));
      if (from) return [...from, ...path.slice(length)];
    }
    return path;
  }
}
