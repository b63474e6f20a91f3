import {
  type JsonValue,
  type RawText,
  type Report,
  type TextPlace,
  type ConfigLocation,
  isJsonObject,
  isProvisionError,
  readText,
} from '@org/domain';
import { type Document, LineCounter, isAlias, isMap, isScalar, parseDocument } from 'yaml';
import { yamlErrorText } from './yaml-errors.js';

/** A settings file as the agent read it. */
export interface SettingsFile {
  readonly path: string;
  /** Undefined when there is no such file. */
  readonly text: RawText | undefined;
  /** True when someone named the file: it must then exist. */
  readonly explicit?: boolean;
}

/** Where a key stands. */
interface Place {
  readonly line: number;
  readonly column: number;
  /** Its value, unless that is a section or a list, as it stands there. */
  readonly written: string | undefined;
}

/** The values of a settings file, by dotted key, with the place of each key. */
export class SettingsDocument {
  readonly value: JsonValue;
  readonly #file: string | undefined;
  readonly #places: ReadonlyMap<string, Place>;

  constructor(file?: string, value: JsonValue = {}, places: ReadonlyMap<string, Place> = new Map()) {
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

  /** Whether something else stands where the key's section should be, so that no one knows what the key was to be. */
  isHidden(key: string): boolean {
    let value: JsonValue | undefined = this.value;
    for (const part of key.split('.')) {
      if (!isJsonObject(value)) return (value ?? undefined) !== undefined;
      value = childrenOf(value).find(([name]) => name === part)?.[1];
    }
    return false;
  }

  /** What stands in the file, where YAML may make another value of it; empty for a key without a value. */
  written(key: string): string {
    return this.#places.get(key)?.written ?? '';
  }

  subject(key: string): ConfigLocation {
    const { line, column } = this.#places.get(key) ?? {};
    return {
      key,
      ...(this.#file !== undefined && { file: this.#file }),
      ...(line !== undefined && { line, column }),
    };
  }
}

/** Keys and values of a section; none when the value is no section. */
export const childrenOf = (value: JsonValue | undefined): [string, JsonValue][] =>
  isJsonObject(value) ? Object.entries(value) : [];

/** Reads YAML 1.2. What cannot be read is reported, all of it, and gives an empty document. */
export function readDocument(file: SettingsFile | undefined, report: Report): SettingsDocument {
  if (file === undefined) return new SettingsDocument();
  if (file.text === undefined) {
    missing(file, report);
    return new SettingsDocument();
  }
  const text = textOf(file.path, file.text, report);
  if (text === undefined) return new SettingsDocument(file.path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  // Warnings are of what the reader would pass over.
  const errors = [...document.errors, ...document.warnings];
  for (const error of errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    syntax(report, { key: '(syntax)', file: file.path, line, column: col }, yamlErrorText(error));
  }
  if (errors.length > 0) return new SettingsDocument(file.path);
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
    return new SettingsDocument(file.path, value ?? {}, placesOf({ document, lines, text }));
  }
  return new SettingsDocument(file.path);
}

function textOf(path: string, raw: RawText, report: Report): string | undefined {
  try {
    return readText(raw);
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    const place = error.details as TextPlace | undefined;
    syntax(report, { key: '(syntax)', file: path, ...place }, error.message);
    return undefined;
  }
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

const syntax = (report: Report, subject: ConfigLocation, message: string): void =>
  report.problem(subject, { message, found: 'text that cannot be read', wanted: 'YAML (https://yaml.org)' });

function valueOf(read: () => JsonValue): JsonValue | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Deeper than settings are; aliases can lead back to where they stand. */
const DEEPEST = 8;

function placesOf(source: {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly text: string;
}): Map<string, Place> {
  const { document, lines, text } = source;
  const places = new Map<string, Place>();
  const walk = (node: unknown, prefix: readonly string[]): void => {
    if (!isMap(node) || prefix.length === DEEPEST) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const path = [...prefix, String(key.value)];
      const [from = 0, to = 0] = key.range ?? [];
      const { line, col } = lines.linePos(from);
      const target = isAlias(value) ? value.resolve(document) : value;
      const written = isScalar(target) ? target.source || passedOver(text.slice(to)) : undefined;
      places.set(path.join('.'), { line, column: col, written });
      walk(target, path);
    }
  };
  walk(document.contents, []);
  return places;
}

/** What stands where a value should, and is none to YAML: a comment, or an anchor. */
const passedOver = (afterKey: string): string => /^[ \t]*:[ \t]+([#&].*)/.exec(afterKey)?.[1] ?? '';
