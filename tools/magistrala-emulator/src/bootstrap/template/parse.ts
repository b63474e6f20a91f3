import { FUNCTIONS } from './functions.js';
import { type Piece, TemplateError, type Token, lex } from './lex.js';

export { TemplateError } from './lex.js';

export type Operand =
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'literal'; readonly value: string | number | bigint | boolean }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  | { readonly kind: 'fields'; readonly of: Operand; readonly names: readonly string[] };

/** A function or value, and its arguments. */
export type Command = readonly Operand[];

export interface Pipe {
  readonly variables: readonly string[];
  /** Whether the variables are new (`:=`) or known ones are set (`=`). */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

const BLOCKS = ['if', 'with', 'range'] as const;
type Block = (typeof BLOCKS)[number];
/** Parts of Go's language that this subset leaves out. */
const UNKNOWN_WORDS = ['define', 'template', 'block', 'break', 'continue'];

/**
 * Parses the subset of Go's `text/template` that profiles use: fields, variables, pipelines, `if`, `range`, `with`
 * and the functions of `FUNCTIONS`.
 *
 * @throws TemplateError for everything else.
 */
export function parseTemplate(template: string): readonly Node[] {
  return new Parser(lex(template)).parse();
}

class Parser {
  private at = 0;
  private readonly variables: string[] = ['$'];

  constructor(private readonly pieces: readonly Piece[]) {}

  parse(): Node[] {
    const { nodes, end } = this.list();
    if (end) throw new TemplateError(`unexpected {{${end[0]!.value}}}`);
    return nodes;
  }

  /** Nodes up to the action that ends or divides the block: its tokens, or undefined at the end of the text. */
  private list(): { readonly nodes: Node[]; readonly end?: readonly Token[] } {
    const nodes: Node[] = [];
    for (let piece = this.pieces[this.at++]; piece; piece = this.pieces[this.at++]) {
      if ('text' in piece) {
        nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const [first] = piece.tokens;
      const word = first?.kind === 'word' ? first.value : '';
      if (word === 'end' || word === 'else') return { nodes, end: piece.tokens };
      if (UNKNOWN_WORDS.includes(word)) throw new TemplateError(`${word} is not supported`);
      const block = BLOCKS.find((known) => known === word);
      nodes.push(block ? this.block(block, piece.tokens.slice(1)) : this.action(piece.tokens));
    }
    return { nodes };
  }

  private action(tokens: readonly Token[]): Node {
    return { kind: 'action', pipe: new PipeParser(tokens, this.variables).parse(false) };
  }

  private block(kind: Block, tokens: readonly Token[]): Node {
    const known = this.variables.length;
    const pipe = new PipeParser(tokens, this.variables).parse(kind === 'range');
    const { nodes: body, end } = this.list();
    const otherwise = end && end[0]!.value === 'else' ? this.otherwise(kind, end.slice(1)) : [];
    if (!end) throw new TemplateError('unexpected EOF');
    if (end[0]!.value === 'end' && end.length > 1) throw new TemplateError('unexpected token in end');
    this.variables.length = known;
    return { kind, pipe, body, otherwise };
  }

  private otherwise(kind: Block, tokens: readonly Token[]): Node[] {
    const chained = tokens[0]?.value;
    // `{{else if …}}` shares the `{{end}}` of the block that it belongs to.
    if (chained === kind && kind !== 'range') return [this.block(kind, tokens.slice(1))];
    if (tokens.length > 0) throw new TemplateError('unexpected token in else');
    const { nodes, end } = this.list();
    if (end?.[0]!.value !== 'end') throw new TemplateError('expected end');
    return nodes;
  }
}

class PipeParser {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly variables: string[],
  ) {}

  parse(isRange: boolean): Pipe {
    const declaration = this.declaration(isRange);
    const commands = this.commands();
    if (this.peek()) throw new TemplateError(`unexpected ${this.peek()!.value}`);
    // A variable is known only after the pipeline that sets it.
    if (declaration.declares) this.variables.push(...declaration.variables);
    return { ...declaration, commands };
  }

  private declaration(isRange: boolean): Pick<Pipe, 'variables' | 'declares'> {
    const [first, second, third, fourth] = this.tokens;
    if (first?.kind !== 'variable') return { variables: [], declares: false };
    if (second?.value === ':=' || second?.value === '=') {
      this.at = 2;
      return this.declared([first.value], second.value);
    }
    if (isRange && second?.value === ',' && third?.kind === 'variable' && fourth?.value === ':=') {
      this.at = 4;
      return this.declared([first.value, third.value], fourth.value);
    }
    return { variables: [], declares: false };
  }

  private declared(variables: readonly string[], mark: string): Pick<Pipe, 'variables' | 'declares'> {
    return { variables, declares: mark === ':=' };
  }

  private commands(): Command[] {
    const commands: Command[] = [];
    do {
      const command: Operand[] = [];
      for (let operand = this.operand(); operand; operand = this.operand()) command.push(operand);
      const [first] = command;
      if (!first) throw new TemplateError('missing value for command');
      if (commands.length > 0 && ['literal', 'nil', 'dot'].includes(first.kind)) {
        throw new TemplateError('non executable command in pipeline');
      }
      commands.push(command);
    } while (this.take('|'));
    return commands;
  }

  private operand(): Operand | undefined {
    const token = this.peek();
    if (!token || (token.kind === 'mark' && token.value !== '(')) return undefined;
    this.at++;
    const operand = this.term(token);
    const names: string[] = [];
    for (let next = this.peek(); next?.kind === 'field' && !next.afterSpace; next = this.peek()) {
      names.push(next.value.slice(1));
      this.at++;
    }
    if (names.length === 0) return operand;
    if (operand.kind === 'literal' || operand.kind === 'nil')
      throw new TemplateError('unexpected . after term');
    return operand.kind === 'fields'
      ? { ...operand, names: [...operand.names, ...names] }
      : { kind: 'fields', of: operand, names };
  }

  private term(token: Token): Operand {
    switch (token.kind) {
      case 'dot':
        return { kind: 'dot' };
      case 'field':
        return { kind: 'fields', of: { kind: 'dot' }, names: [token.value.slice(1)] };
      case 'text':
        return { kind: 'literal', value: token.value };
      case 'number':
        return { kind: 'literal', value: readNumber(token.value) };
      case 'variable':
        this.requireKnown(token.value);
        return { kind: 'variable', name: token.value };
      case 'word':
        return wordOperand(token.value);
      case 'mark':
        return this.parenthesised();
    }
  }

  private parenthesised(): Operand {
    const pipe = { variables: [], declares: false, commands: this.commands() };
    if (!this.take(')')) throw new TemplateError('unclosed left paren');
    return { kind: 'pipe', pipe };
  }

  private requireKnown(name: string): void {
    if (!this.variables.includes(name)) throw new TemplateError(`undefined variable ${name}`);
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private take(mark: string): boolean {
    if (this.peek()?.value !== mark || this.peek()?.kind !== 'mark') return false;
    this.at++;
    return true;
  }
}

function wordOperand(word: string): Operand {
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  if (word === 'nil') return { kind: 'nil' };
  if (!Object.hasOwn(FUNCTIONS, word)) throw new TemplateError(`function ${word} not defined`);
  return { kind: 'function', name: word };
}

function readNumber(text: string): number | bigint {
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : Number(text);
}
