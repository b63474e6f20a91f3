import type { TextPlace } from '@org/domain';
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { type Path, pathText } from '../layout/path.js';

/** A text that is no TOML. Nothing of the text is in the message, as it may hold secrets. */
export class TomlSyntaxError extends Error {
  constructor(
    message: string,
    readonly place?: TextPlace,
  ) {
    super(message);
  }
}

/** A value that is neither table nor list. */
interface Leaf {
  readonly path: Path;
  readonly node: AST.TOMLValue;
}

/** What the text of a TOML file says, and where. */
export interface TomlSource {
  /** Of every key and list element, by `pathText`. */
  readonly places: ReadonlyMap<string, TextPlace>;
  readonly leaves: readonly Leaf[];
}

/** @throws TomlSyntaxError */
export function readSource(text: string): TomlSource {
  const reader = new SourceReader();
  try {
    for (const node of parseTOML(text, { tomlVersion: '1.0' }).body[0].body) reader.visit(node);
  } catch (error) {
    if (error instanceof RangeError) throw new TomlSyntaxError('it nests too deeply');
    if (!(error instanceof ParseError)) throw error;
    throw new TomlSyntaxError(error.message, placeOfError(error, text));
  }
  return reader;
}

/** What is missing belongs behind the last thing that is there, not before what comes next. */
function placeOfError({ message, index, lineNumber, column }: ParseError, text: string): TextPlace {
  if (!/^(?:Expected|Unspecified|Unterminated)/.test(message))
    return { line: lineNumber, column: column + 1 };
  const lines = text.slice(0, index).trimEnd().split('\n');
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

/** @iarna/toml cannot read a date or time wherever one may stand (iarna/iarna-toml#23, #33), but any text. */
export function withQuotedDates(text: string, { leaves }: TomlSource): string {
  const dates = leaves.flatMap(({ node }) => (isDate(node) ? [node] : []));
  let quoted = text;
  for (const node of dates.toSorted((a, b) => b.range[0] - a.range[0]))
    quoted = `${quoted.slice(0, node.range[0])}"${dateText(node)}"${quoted.slice(node.range[1])}`;
  return quoted;
}

/** A value as JavaScript has it, dates and times as RFC 3339 writes them. */
export const valueOf = (node: AST.TOMLValue): string | number | boolean =>
  isDate(node) ? dateText(node) : node.value;

const isDate = (node: AST.TOMLValue): node is AST.TOMLDateTimeValue => 'datetime' in node;

/** TOML allows a blank in the place of the T, and small letters. */
const dateText = ({ datetime }: AST.TOMLDateTimeValue): string => datetime.toUpperCase().replace(' ', 'T');

const nameOf = (part: AST.TOMLBare | AST.TOMLQuoted): string =>
  part.type === 'TOMLBare' ? part.name : part.value;

const placeOf = ({ loc }: AST.TOMLNode): TextPlace => ({
  line: loc.start.line,
  column: loc.start.column + 1,
});

class SourceReader implements TomlSource {
  readonly places = new Map<string, TextPlace>();
  readonly leaves: Leaf[] = [];

  visit(node: AST.TOMLKeyValue | AST.TOMLTable): void {
    if (node.type === 'TOMLKeyValue') return this.#pair([], node);
    this.#refuseReserved(node.key);
    node.resolvedKey.forEach((_, index, path) => this.#note(path.slice(0, index + 1), node.key));
    node.body.forEach((pair) => this.#pair(node.resolvedKey, pair));
  }

  #pair(base: Path, { key, value }: AST.TOMLKeyValue): void {
    this.#refuseReserved(key);
    let path = base;
    for (const part of key.keys) {
      path = [...path, nameOf(part)];
      this.#note(path, key);
    }
    this.#value(path, value);
  }

  #value(path: Path, value: AST.TOMLContentNode): void {
    if (value.type === 'TOMLValue') this.leaves.push({ path, node: value });
    if (value.type === 'TOMLInlineTable') value.body.forEach((pair) => this.#pair(path, pair));
    if (value.type !== 'TOMLArray') return;
    value.elements.forEach((element, index) => {
      this.#note([...path, index], element);
      this.#value([...path, index], element);
    });
  }

  #note(path: Path, node: AST.TOMLNode): void {
    if (!this.places.has(pathText(path))) this.places.set(pathText(path), placeOf(node));
  }

  /** @iarna/toml 3.0.0 writes what is below it into the prototype of every object. */
  #refuseReserved(key: AST.TOMLKey): void {
    const reserved = key.keys.find((part) => nameOf(part) === '__proto__');
    if (reserved) throw new TomlSyntaxError('the key __proto__ cannot be used', placeOf(reserved));
  }
}
