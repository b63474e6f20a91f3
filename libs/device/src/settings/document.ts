import type { JsonObject, JsonValue, Report, Subject } from '@org/domain';
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';

/** A settings file as the agent read it. */
export interface SettingsFile {
  readonly path: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
  /** True when somebody named the file: it must then exist. */
  readonly explicit?: boolean;
}

/** The values of a settings file, by dotted key, with the place of each key. */
export class SettingsDocument {
  readonly value: JsonValue;
  readonly #file: string | undefined;
  readonly #places: ReadonlyMap<string, { line: number; column: number }>;

  constructor(
    file?: string,
    value: JsonValue = {},
    places: ReadonlyMap<string, { line: number; column: number }> = new Map(),
  ) {
    this.#file = file;
    this.value = value;
    this.#places = places;
  }

  /** Undefined when the key is absent or stands there without a value. */
  get(key: string): JsonValue | undefined {
    let value: JsonValue | undefined = this.value;
    for (const part of key.split('.')) value = childrenOf(value).find(([name]) => name === part)?.[1];
    return value ?? undefined;
  }

  /** Whether something else stands where the key's section should be, so that nobody knows what the key was to be. */
  isHidden(key: string): boolean {
    let value: JsonValue | undefined = this.value;
    for (const part of key.split('.')) {
      if (!isSection(value)) return (value ?? undefined) !== undefined;
      value = childrenOf(value).find(([name]) => name === part)?.[1];
    }
    return false;
  }

  subject(key: string): Subject {
    return { key, ...(this.#file !== undefined && { file: this.#file }), ...this.#places.get(key) };
  }
}

const isSection = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys and values of a section; none when the value is no section. */
export const childrenOf = (value: JsonValue | undefined): [string, JsonValue][] =>
  isSection(value) ? Object.entries(value) : [];

/** Reads YAML 1.2. What cannot be read is reported, all of it, and gives an empty document. */
export function readDocument(file: SettingsFile | undefined, report: Report): SettingsDocument {
  if (file === undefined) return new SettingsDocument();
  if (file.text === undefined) {
    missing(file, report);
    return new SettingsDocument();
  }
  const lines = new LineCounter();
  // Pretty errors would quote the file, which may hold secrets.
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  for (const { message, pos } of document.errors) {
    const { line, col } = lines.linePos(pos[0]);
    syntax(report, { key: '(syntax)', file: file.path, line, column: col }, message);
  }
  if (document.errors.length > 0) return new SettingsDocument(file.path);
  const value = valueOf(() => document.toJS({ maxAliasCount: 100 }) as JsonValue);
  if (value === undefined) {
    syntax(report, { key: '(syntax)', file: file.path }, 'an alias (*name) leads nowhere, or too far');
  } else if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    syntax(
      report,
      { key: '(syntax)', file: file.path, line: 1, column: 1 },
      'this is no list of "key: value"',
    );
  } else {
    return new SettingsDocument(file.path, value ?? {}, placesOf(document.contents, lines));
  }
  return new SettingsDocument(file.path);
}

function missing({ path, explicit }: SettingsFile, report: Report): void {
  const subject = { key: path };
  const saying = {
    message: 'there is no such settings file',
    found: 'nothing',
    wanted: 'one; "provision-agent init" writes it',
  };
  if (explicit) report.problem(subject, saying);
  else report.warn(subject, { ...saying, message: 'there is no settings file; defaults are used' });
}

const syntax = (report: Report, subject: Subject, message: string): void =>
  report.problem(subject, { message, found: 'text that cannot be read', wanted: 'YAML (https://yaml.org)' });

function valueOf(read: () => JsonValue): JsonValue | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function placesOf(root: unknown, lines: LineCounter): Map<string, { line: number; column: number }> {
  const places = new Map<string, { line: number; column: number }>();
  const walk = (node: unknown, prefix: string): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const name = `${prefix}${String(key.value)}`;
      const { line, col } = lines.linePos(key.range?.[0] ?? 0);
      places.set(name, { line, column: col });
      walk(value, `${name}.`);
    }
  };
  walk(root, '');
  return places;
}
