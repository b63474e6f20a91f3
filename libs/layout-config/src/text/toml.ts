import toml from '@iarna/toml';
import {
  type JsonObject,
  type JsonValue,
  type RawText,
  type Report,
  type TextPlace,
  isProvisionError,
  readText,
} from '@org/domain';
import { deepFreeze } from '../freeze.js';
import { type Path, valueAt } from '../layout/path.js';
import { TomlDocument } from './toml-document.js';
import { type TomlSource, TomlSyntaxError, readSource, valueOf, withQuotedDates } from './toml-source.js';

/** No one writes deeper tables, and code that walks them by recursion must not be brought down by them. */
const DEEPEST = 64;

/** A configuration file as the app read it. */
export interface ConfigFile {
  readonly path: string;
  /** Undefined when there is no such file. */
  readonly text: RawText | undefined;
  /** True when someone named the file: it must then exist. */
  readonly explicit?: boolean;
}

const nothing = (file?: string) => new TomlDocument({ file, value: {}, places: new Map() });

/**
 * Reads TOML (1.0) into plain JSON values with the position of every key; dates and times become text.
 * A syntax error is reported and gives an empty document.
 */
export function readToml(file: ConfigFile | undefined, report: Report): TomlDocument {
  if (file === undefined) return nothing();
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
    return nothing();
  }
  try {
    return read(file.path, decoded(file.text), report);
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    report.problem(
      { key: '(syntax)', file: file.path, ...error.place },
      {
        message: error.message,
        found: 'text that cannot be read',
        wanted: 'TOML (https://toml.io) in UTF-8',
      },
    );
    return nothing(file.path);
  }
}

/** @throws TomlSyntaxError */
function decoded(raw: RawText): string {
  try {
    return readText(raw);
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    throw new TomlSyntaxError(error.message, error.details as TextPlace | undefined);
  }
}

/**
 * Two parsers read the file: one for values, one for places. The second one also finds dates, which the first one cannot
 * read everywhere, and both have to agree about everything else.
 */
function read(path: string, text: string, report: Report): TomlDocument {
  const source = readSource(text);
  const unusable: Path[] = [];
  const value = deepFreeze(toJson(parse(withQuotedDates(text, source)), [], unusable) as JsonObject);
  const document = new TomlDocument({ file: path, value, places: source.places });
  for (const path of unusable) {
    report.problem(document.subject(path), {
      message: 'the value cannot be written as JSON',
      found: `a number that is not finite or beyond 2^53, a NUL character, or more than ${DEEPEST} levels`,
      wanted: 'a finite number, text without NUL, fewer levels',
    });
  }
  // Of what is refused anyway, nothing can be compared.
  for (const path of unusable.length > 0 ? [] : disagreements(source, value)) {
    report.problem(document.subject(path), {
      message: 'two TOML parsers read this differently',
      found: 'two values',
      wanted: 'the same value, written in another way',
    });
  }
  return document;
}

/** @throws TomlSyntaxError */
function parse(text: string): object {
  try {
    return toml.parse(text);
  } catch (error) {
    // What the other parser has read is TOML. Beyond its first words this one's message quotes the file.
    const { message, line = 0, col = 0 } = error as { message: string; line?: number; col?: number };
    const why = message.split(/ at row \d/)[0]!.replace(/"[^"]*"/g, '…');
    throw new TomlSyntaxError(
      `this is TOML, but not as this program can read it (${why}); write the value in another way`,
      { line: line + 1, column: col + 1 },
    );
  }
}

/** Dates are text by now; what JSON cannot hold becomes null and is listed. */
function toJson(value: unknown, path: Path, unusable: Path[]): JsonValue {
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

/** Where the values are not those that the source has. */
function disagreements({ leaves }: TomlSource, value: JsonObject): Path[] {
  const wrong = leaves.filter(({ path, node }) => !Object.is(valueAt(value, path), valueOf(node)));
  const hasMore = countLeaves(value) > leaves.length;
  return [...wrong.map(({ path }) => path), ...(hasMore ? [[]] : [])];
}

function countLeaves(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + countLeaves(each), 0);
}
