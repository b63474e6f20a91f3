import { FUNCTIONS } from './functions.js';
import { TemplateError, type Value, member, print } from './value.js';

/** A path such as `.Vars.site` (`.` alone is everything), or a text. */
type Operand = { readonly path: readonly string[] } | { readonly text: string };

interface Command {
  /** Undefined: the value of its one operand. */
  readonly name: string | undefined;
  readonly operands: readonly Operand[];
}

/** Plain text, or a pipeline. */
type Piece = string | readonly Command[];

const TEXT = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/.source;
/** `{{- ` and ` -}}` take the space beside them away. */
const ACTION = new RegExp(String.raw`(\s*)\{\{(-\s)?((?:${TEXT}|[^"\x60])*?)(\s-)?\}\}(\s*)`, 'gu');
const WORD = /[\p{L}_][\p{L}\p{N}_]*/u.source;
const TOKEN = new RegExp(String.raw`\s*(?:(\|)|(${TEXT}|(?:\.${WORD})+|\.|${WORD})(?=[\s|]|$))`, 'uy');

/**
 * Parses what profiles use of Go's `text/template`: paths, texts in quotes, pipelines and the functions of `FUNCTIONS`
 * (Magistrala wire §4.4).
 *
 * @throws TemplateError for everything else, what Go would take included
 */
export function parseTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const action of template.matchAll(ACTION)) {
    const [whole, before, trimsLeft, content, trimsRight, after] = action;
    pieces.push(template.slice(at, action.index), trimsLeft ? '' : before!, pipelineOf(content!));
    at = action.index + whole.length - (trimsRight ? 0 : after!.length);
  }
  const rest = template.slice(at);
  if ([...pieces, rest].some((piece) => typeof piece === 'string' && piece.includes('{{')))
    throw new TemplateError('unclosed action');
  return [...pieces, rest];
}

function pipelineOf(content: string): Command[] {
  const commands: string[][] = [[]];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < content.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const [, bar, token] = TOKEN.exec(content) ?? [];
    if (bar) commands.push([]);
    else if (token) commands.at(-1)!.push(token);
    else throw new TemplateError(`not understood: ${content.slice(from).trim()}`);
  }
  return commands.map(commandOf);
}

function commandOf([first, ...rest]: string[], stage: number): Command {
  if (first === undefined) throw new TemplateError('missing value for command');
  if (!/^[\p{L}_]/u.test(first)) {
    // A path fails when it is executed.
    if (stage > 0 && !/^\.[^.]/.test(first)) throw new TemplateError('non executable command in pipeline');
    return { name: undefined, operands: [first, ...rest].map(operandOf) };
  }
  if (!Object.hasOwn(FUNCTIONS, first)) throw new TemplateError(`function ${first} not defined`);
  return { name: first, operands: rest.map(operandOf) };
}

function operandOf(token: string): Operand {
  if (token.startsWith('.')) return { path: token.split('.').filter((name) => name !== '') };
  if (token.startsWith('`')) return { text: token.slice(1, -1) };
  if (token.startsWith('"')) return { text: unquoted(token) };
  throw new TemplateError(`${token} is not supported as an argument`);
}

function unquoted(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    // Go knows some more.
    throw new TemplateError('invalid escape');
  }
}

/** Runs a parsed template with `missingkey=error`. @throws TemplateError */
export const execute = (pieces: readonly Piece[], data: Value): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : print(valueOf(piece, data)))).join('');

/** Each command gets what the one before gave as its last argument. */
function valueOf(pipeline: readonly Command[], data: Value): Value {
  let given: Value[] = [];
  for (const { name, operands } of pipeline) {
    const args = [...operands.map((operand) => operandValue(operand, data)), ...given];
    if (name === undefined && args.length > 1) throw new TemplateError("can't give argument to non-function");
    given = [name === undefined ? args[0]! : FUNCTIONS[name]!(...args)];
  }
  return given[0]!;
}

const operandValue = (operand: Operand, data: Value): Value =>
  'text' in operand ? operand.text : operand.path.reduce(member, data);
