/** A template that Go would not parse, or whose execution Go would end with an error; or one beyond what is known here. */
export class TemplateError extends Error {}

/** A value while a template runs. Numbers come from JSON, so all of them are floats in Go. */
export type Value = string | number | boolean | null | Value[] | Struct | MapOf;

/** A Go struct: fixed fields, in order. */
export class Struct {
  constructor(readonly fields: Readonly<Record<string, Value>>) {}
}

/** A Go map with text keys. `zero` is what `index` gives for a key that is not there. */
export class MapOf {
  constructor(
    readonly entries: Readonly<Record<string, Value>>,
    readonly zero: Value = null,
    /** Go's JSON shows a nil map as `null`. */
    readonly isNil = false,
  ) {}

  keys(): string[] {
    return Object.keys(this.entries).sort(byBytes);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.entries, key);
  }

  get(key: string): Value {
    return this.has(key) ? this.entries[key]! : this.zero;
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A JSON value as Go holds it. */
function fromJson(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value !== null && typeof value === 'object') return mapFromJson(value);
  return value as Value;
}

export function mapFromJson(object: object): MapOf {
  return new MapOf(
    Object.fromEntries(Object.entries(object).map(([name, member]) => [name, fromJson(member)])),
  );
}

/** Field access. A missing key is an error, as with `missingkey=error`. */
export function member(value: Value, name: string): Value {
  if (value instanceof MapOf) {
    if (!value.has(name)) throw new TemplateError(`map has no entry for key ${name}`);
    return value.get(name);
  }
  if (value instanceof Struct && Object.hasOwn(value.fields, name)) return value.fields[name]!;
  throw new TemplateError(`can't evaluate field ${name}`);
}

/** What an action prints. */
export function print(value: Value): string {
  return value === null ? '<no value>' : format(value);
}

/** Go's `%v`. */
function format(value: Value): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(format).join(' ')}]`;
  if (value instanceof MapOf)
    return `map[${value
      .keys()
      .map((key) => `${key}:${format(value.get(key))}`)
      .join(' ')}]`;
  if (value instanceof Struct) return `{${Object.values(value.fields).map(format).join(' ')}}`;
  return typeof value === 'number' ? formatFloat(value) : String(value);
}

/** Go's `%v` of a float: the shortest digits, with an exponent below 1e-4 and from a million on. */
function formatFloat(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Go's `json.Marshal`: sorted keys, and no `<`, `>` or `&` in texts. */
export function toJson(value: Value): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return JSON.stringify(value);
  if (typeof value === 'string') return jsonText(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (value instanceof MapOf && value.isNil) return 'null';
  const names = value instanceof MapOf ? value.keys() : Object.keys(value.fields);
  const read = (name: string) => (value instanceof MapOf ? value.get(name) : value.fields[name]!);
  return `{${names.map((name) => `${jsonText(name)}:${toJson(read(name))}`).join(',')}}`;
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
