import toml from '@iarna/toml';
import type { JsonObject, JsonValue } from '@org/domain';
import { type AST, parseTOML } from 'toml-eslint-parser';
import { type Path, TomlDocument, pathText } from './document.js';
import type { Report } from './problem.js';

/** Nobody writes deeper tables, and code that walks them by recursion must not be brought down by them. */
const DEEPEST = 64;

/** A configuration file as the app read it. */
export interface ConfigFile {
  readonly path: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
  /** True when somebody named the file: it must then exist. */
  readonly explicit?: boolean;
}

/**
 * Reads TOML (0.5, as Magistrala's own parser) into plain JSON values with the position of every key.
 * A syntax error is reported and gives an empty document.
 */
export function readToml(file: ConfigFile | undefined, report: Report): TomlDocument {
  if (file === undefined) return new TomlDocument(undefined, {}, new Map());
  if (file.text === undefined) {
    if (file.explicit) {
      report.problem(
        { key: 'MG_PROVISION_CONFIG_FILE', file: file.path },
        {
          message: 'the configuration file does not exist',
          found: 'no such file',
          wanted: 'an existing TOML file',
        },
      );
    }
    return new TomlDocument(undefined, {}, new Map());
  }
  const text = file.text.replace(/^\uFEFF/, '');
  const parsed = parse(text, file.path, report);
  if (parsed === undefined) return new TomlDocument(file.path, {}, new Map());
  const unusable: Path[] = [];
  const value = toJson(parsed, [], unusable) as JsonObject;
  const document = new TomlDocument(file.path, value, positions(text));
  for (const path of unusable) {
    report.problem(document.subject(path), {
      message: 'the value cannot be written as JSON',
      found: `a number that is not finite or beyond 2^53, a NUL character, or more than ${DEEPEST} levels`,
      wanted: 'a finite number, text without NUL, fewer levels',
    });
  }
  return document;
}

function parse(text: string, file: string, report: Report): object | undefined {
  try {
    return toml.parse(text);
  } catch (error) {
    // Beyond its first words the parser's message quotes the file, which may hold secrets.
    const { message, line, col } = error as { message: string; line?: number; col?: number };
    report.problem(
      { key: '(syntax)', file, ...(line !== undefined && { line: line + 1, column: (col ?? 0) + 1 }) },
      {
        message: message.split(/ at row \d/)[0]!.replace(/"[^"]*"/g, '…'),
        found: 'text that cannot be read',
        wanted: 'TOML (https://toml.io)',
      },
    );
    return undefined;
  }
}

/** Dates become ISO text; what JSON cannot hold becomes null and is listed. */
function toJson(value: unknown, path: Path, unusable: Path[]): JsonValue {
  if (value instanceof Date) return value.toISOString();
  if (path.length > DEEPEST) return unusable.push(path) && null;
  if (Array.isArray(value)) return value.map((item, index) => toJson(item, [...path, index], unusable));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, toJson(item, [...path, key], unusable)]),
    );
  }
  const fits =
    typeof value === 'string' ? !value.includes('\0') : typeof value === 'boolean' || Number.isFinite(value);
  if (fits) return value as JsonValue;
  unusable.push(path);
  return null;
}

/** Line and column of every key and list element. Empty for text that only the other parser understands. */
function positions(text: string): Map<string, { line: number; column: number }> {
  const found = new Map<string, { line: number; column: number }>();
  const note = (path: Path, node: AST.TOMLNode) => {
    const { line, column } = node.loc.start;
    if (!found.has(pathText(path))) found.set(pathText(path), { line, column: column + 1 });
  };
  const visitPair = (base: Path, pair: AST.TOMLKeyValue) => {
    let path = base;
    for (const key of pair.key.keys) {
      path = [...path, key.type === 'TOMLBare' ? key.name : key.value];
      note(path, pair.key);
    }
    visitValue(path, pair.value);
  };
  const visitValue = (path: Path, value: AST.TOMLContentNode) => {
    if (value.type === 'TOMLInlineTable') value.body.forEach((pair) => visitPair(path, pair));
    if (value.type !== 'TOMLArray') return;
    value.elements.forEach((element, index) => {
      note([...path, index], element);
      visitValue([...path, index], element);
    });
  };
  try {
    for (const node of parseTOML(text).body[0].body) {
      if (node.type === 'TOMLKeyValue') visitPair([], node);
      else {
        node.resolvedKey.forEach((_, index, path) => note(path.slice(0, index + 1), node.key));
        node.body.forEach((pair) => visitPair(node.resolvedKey, pair));
      }
    }
  } catch {
    return found;
  }
  return found;
}
